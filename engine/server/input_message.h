// The input message of a saga, from bytes or JSON to deterministic bytes. Pure functions.
#ifndef SKALD_ENGINE_SERVER_INPUT_MESSAGE_H_
#define SKALD_ENGINE_SERVER_INPUT_MESSAGE_H_

#include <string>

#include "absl/status/statusor.h"
#include "skald/v1/saga.pb.h"

namespace skald::server {

// INVALID_ARGUMENT: the wrong type, or bytes or JSON that do not parse; says where, never what
// stood there. INTERNAL: this program does not know the type.
absl::StatusOr<std::string> ReadInputMessage(const v1::StartSagaRequest& request,
                                             const std::string& definition_label,
                                             const std::string& state_type);

// What protobuf's JSON parser said about `json`, as a place and without the text that it quotes.
std::string DescribeJsonError(const std::string& json, const std::string& error);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_INPUT_MESSAGE_H_
