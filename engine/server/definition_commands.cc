#include "engine/server/definition_commands.h"

#include <fmt/format.h>

#include <limits>

#include "base/status.h"
#include "engine/server/exit_code.h"
#include "engine/server/input.h"
#include "engine/server/values.h"
#include "sagas/lint.h"
#include "sagas/picture.h"

namespace skald::server {

absl::StatusOr<DefinitionName> ParseDefinitionName(std::string_view text) {
  const size_t at = text.find('@');
  DefinitionName parsed{.name = std::string(text.substr(0, at))};
  if (at == std::string_view::npos && !parsed.name.empty()) return parsed;
  const auto number = ParseCount(at == std::string_view::npos ? "" : text.substr(at + 1));
  if (parsed.name.empty() || !number.ok() || *number < 1 ||
      *number > std::numeric_limits<int>::max()) {
    return InvalidArgument("'{}' is no definition: expected name or name@version", text);
  }
  parsed.version = static_cast<int>(*number);
  return parsed;
}

int PrintDefinitions(const Registry& registry) {
  for (const Definition* definition : registry.All()) {
    fmt::print("{:<32} {:<32} {} {}\n", Label(*definition), definition->state_type,
               definition->fingerprint, fmt::join(ParticipantsOf(*definition), ","));
  }
  return 0;
}

int PrintPicture(const Registry& registry, const std::string& name) {
  const absl::StatusOr<DefinitionName> parsed = ParseDefinitionName(name);
  if (!parsed.ok()) return Fail(kWrongUse, Message(parsed.status()));
  const auto definition = FindDefinition(registry, parsed->name, parsed->version);
  if (!definition.ok()) return Fail(kWrongUse, Message(definition.status()));
  fmt::print("{}", ToMermaid(**definition));
  return 0;
}

int PrintAdvice(const Registry& registry) {
  int exit_code = 0;
  for (const Definition* definition : registry.All()) {
    for (const std::string& advice : Lint(*definition)) {
      fmt::print("{}\n", advice);
      exit_code = kWrongUse;
    }
  }
  return exit_code;
}

}  // namespace skald::server
