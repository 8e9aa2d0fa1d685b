#include "tester/testable.h"

#include <fmt/format.h>

#include <utility>

#include "base/status.h"
#include "sagas/registry.h"
#include "tester/test_failure.h"

namespace skald {
namespace {

std::vector<Definition> Only(Definition definition) {
  std::vector<Definition> definitions;
  definitions.push_back(std::move(definition));
  return definitions;
}

std::shared_ptr<const Definition> Linked(std::vector<Definition> definitions,
                                         const std::string& name, int version) {
  std::vector<std::string> labels;
  for (const Definition& definition : definitions) labels.push_back(Label(definition));
  const auto registry = std::make_shared<Registry>();
  if (const Status status = registry->Add(std::move(definitions)); !status.ok()) {
    throw TestFailure(
        fmt::format("no server would start with these definitions:\n{}", Message(status)), {});
  }
  const Definition* const found = registry->Find(name, version);
  if (found == nullptr) {
    throw TestFailure(
        fmt::format("'{}{}' is not among the definitions ({})", name,
                    version == 0 ? "" : fmt::format("@{}", version), fmt::join(labels, ", ")),
        {});
  }
  return {registry, found};
}

}  // namespace

Testable::Testable(Definition definition) {
  const std::string name = definition.name;
  definition_ = Linked(Only(std::move(definition)), name, 0);
}

Testable::Testable(std::vector<Definition> definitions, const std::string& name, int version)
    : definition_(Linked(std::move(definitions), name, version)) {}

void Testable::CheckStateType(std::string_view type) const {
  if (definition_->state_type == type) return;
  throw TestFailure(fmt::format("the state of {} is a {}, not a {}: write SagaTester<...> with "
                                "the former",
                                Label(*definition_), definition_->state_type, type),
                    {});
}

}  // namespace skald
