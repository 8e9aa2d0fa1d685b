// A JSON text as a tree that keeps the order of its members and the spelling of its numbers, so
// that what the server wrote is what the reader gets, indented or as YAML.
//
// Threading: plain values.
#ifndef SKALD_ADMIN_SKALDCTL_JSON_H_
#define SKALD_ADMIN_SKALDCTL_JSON_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "skald/v1/admin.pb.h"
#include "skald/v1/saga.pb.h"

namespace skald::ctl {

struct Json {
  enum class Kind { kNumberOrWord, kString, kArray, kObject };

  static Json String(std::string_view text);
  static Json Object() { return {.kind = Kind::kObject, .text = "", .keys = {}, .children = {}}; }
  static Json Array() { return {.kind = Kind::kArray, .text = "", .keys = {}, .children = {}}; }

  void AddMember(std::string_view key, Json value);

  Kind kind = Kind::kNumberOrWord;
  // As JSON: of a number, `true`, `false`, `null`, and of a string with its quotes.
  std::string text;
  // Of an object, as JSON strings with their quotes; as many as `children`.
  std::vector<std::string> keys;
  std::vector<Json> children;
};

// RFC 8259, at most 100 deep. INVALID_ARGUMENT: "line 2, column 7: expected ',' or '}', found 'x'".
// Unprintable characters in strings become \u escapes.
absl::StatusOr<Json> ParseJson(std::string_view text);

// On one line, without its line break.
std::string ToCompactJson(const Json& json);
// Indented by two; ends with a line break.
std::string ToPrettyJson(const Json& json);
// A YAML 1.2 document in block style; ends with a line break.
std::string ToYaml(const Json& json);

// Protobuf JSON of a message that holds no Any.
Json ToJson(const google::protobuf::Message& message);
// A saga's state is an Any of a type that only the server knows: its JSON comes as text in
// `state_json`, and is put where the Any would stand.
Json ToJson(const v1::Saga& saga);
// Without the descriptors, which are for programs that speak gRPC.
Json ToJson(const v1::DefinitionInfo& definition);

}  // namespace skald::ctl

#endif  // SKALD_ADMIN_SKALDCTL_JSON_H_
