// A message that a client sends, from bytes or JSON to deterministic bytes. Pure functions.
//
//   ReadMessage({.json = &request.input_json(), .taker = "place_order@3", .field = "input", ...},
//               "shop.v1.OrderState")
#ifndef SKALD_ENGINE_SERVER_INPUT_MESSAGE_H_
#define SKALD_ENGINE_SERVER_INPUT_MESSAGE_H_

#include <google/protobuf/any.pb.h>

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace skald::server {

// What was given, and what errors call it. Borrows.
struct GivenMessage {
  // One of them, or neither if the client left it out.
  const google::protobuf::Any* message = nullptr;
  const std::string* json = nullptr;
  // "place_order@3", in "place_order@3 takes shop.v1.OrderState".
  std::string taker;
  // Of the request: "input", "input_json".
  std::string field;
  std::string json_field;
  // Reasons of errors: "WRONG_INPUT_TYPE", "UNPARSABLE_INPUT".
  std::string_view wrong_type;
  std::string_view unparsable;
};

// INVALID_ARGUMENT: the wrong type, or bytes or JSON that do not parse; says where, never what
// stood there. INTERNAL: this program does not know `type`.
absl::StatusOr<std::string> ReadMessage(const GivenMessage& given, const std::string& type);

// What protobuf's JSON parser said about `json`, as a place and without the text that it quotes.
std::string DescribeJsonError(const std::string& json, const std::string& error);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_INPUT_MESSAGE_H_
