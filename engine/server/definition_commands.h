// `skaldd definitions` and `skaldd lint`: what authors ask of a program without running it. Print
// to stdout, need no store, and return the process's exit code.
//
// Threading: plain functions.
#ifndef SKALD_ENGINE_SERVER_DEFINITION_COMMANDS_H_
#define SKALD_ENGINE_SERVER_DEFINITION_COMMANDS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "sagas/registry.h"

namespace skald::server {

// "place_order@3", or "place_order" for any version.
struct DefinitionName {
  std::string name;
  // 0: not given.
  int version = 0;
};

// INVALID_ARGUMENT: neither name nor name@version.
absl::StatusOr<DefinitionName> ParseDefinitionName(std::string_view text);

// One line for each: label, state type, fingerprint, participants.
int PrintDefinitions(const Registry& registry);

// The picture of one, for Mermaid.
int PrintPicture(const Registry& registry, const std::string& name);

// Advice, one piece in a line: kWrongUse if there is any.
int PrintAdvice(const Registry& registry);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_DEFINITION_COMMANDS_H_
