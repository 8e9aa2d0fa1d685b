// Serialized messages in words: for transcripts and failures. Part of the tester; authors never
// name it. Pure functions.
#ifndef SKALD_TESTER_MESSAGES_H_
#define SKALD_TESTER_MESSAGES_H_

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

namespace skald::internal {

// `{order_id: "o-1" express: true}`. A type that is not linked in: the bytes, as text.
std::string TextOf(const std::string& type, const std::string& bytes);
std::string TextOf(const google::protobuf::Message& message);

// One line per field that differs, each with its path and both values; empty: they are equal.
//
//   modified: lines[1].refund_id: "r-1" -> "r-2"
std::string Differences(const google::protobuf::Message& before,
                        const google::protobuf::Message& after);
std::string Differences(const std::string& type, const std::string& before,
                        const std::string& after);

}  // namespace skald::internal

#endif  // SKALD_TESTER_MESSAGES_H_
