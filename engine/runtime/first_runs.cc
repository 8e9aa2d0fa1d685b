#include "engine/runtime/first_runs.h"

#include <fmt/core.h>

#include <utility>

namespace skald::runtime {
namespace {

std::string LabelOf(const v1::SagaRecord& saga) {
  return fmt::format("{}@{}", saga.definition(), saga.definition_version());
}

}  // namespace

FirstRuns::FirstRuns(std::map<std::string, v1::DefinitionRecord> records)
    : records_(std::move(records)) {}

const v1::DefinitionRecord* FirstRuns::RecordFor(const v1::SagaRecord& saga) {
  if (records_.empty() || saga.revision() != 1) return nullptr;
  const auto found = records_.find(LabelOf(saga));
  if (found == records_.end()) return nullptr;
  if (found->second.first_run_us() == 0) found->second.set_first_run_us(saga.created_us());
  return &found->second;
}

void FirstRuns::Stored(const v1::SagaRecord& saga) {
  if (!records_.empty() && saga.revision() == 1) records_.erase(LabelOf(saga));
}

}  // namespace skald::runtime
