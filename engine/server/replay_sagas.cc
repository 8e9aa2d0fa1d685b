#include "engine/server/replay_sagas.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>
#include <vector>

#include "base/status.h"
#include "engine/core/replay.h"
#include "engine/server/definition_commands.h"
#include "engine/server/input.h"
#include "engine/server/values.h"

namespace skald::server {
namespace {

using core::ReplayResult;

// Sagas in one read, and entries of a history.
constexpr int kPage = 100;
constexpr int kEntries = 1000;

Filter Equals(FilterField field, std::variant<std::string, int64_t, bool> value) {
  Filter filter{.kind = Filter::Kind::kComparison};
  filter.comparison.field = field;
  filter.comparison.value = std::move(value);
  return filter;
}

Filter All(std::vector<Filter> operands) {
  std::erase_if(operands,
                [](const Filter& each) { return each.kind == Filter::Kind::kEverything; });
  if (operands.empty()) return {};
  if (operands.size() == 1) return std::move(operands.front());
  return {.kind = Filter::Kind::kAnd, .operands = std::move(operands)};
}

absl::StatusOr<std::vector<v1::HistoryEntry>> HistoryOf(const std::string& saga_id, Store& store) {
  std::vector<v1::HistoryEntry> history;
  while (true) {
    const int64_t after = history.empty() ? 0 : history.back().number();
    SKALD_ASSIGN_OR_RETURN(std::vector<v1::HistoryEntry> next,
                           store.ListHistory(saga_id, after, kEntries));
    const bool last = next.size() < static_cast<size_t>(kEntries);
    history.insert(history.end(), std::make_move_iterator(next.begin()),
                   std::make_move_iterator(next.end()));
    if (last) return history;
  }
}

std::string DifferenceText(const v1::SagaRecord& saga, const Definition& definition,
                           const ReplayResult& result) {
  return fmt::format("{} entry {}: the history says '{}', {} would do '{}'", saga.id(),
                     result.entry, result.history.empty() ? "nothing" : result.history,
                     Label(definition), result.definition.empty() ? "nothing" : result.definition);
}

// The definition to run it through, or null.
const Definition* DefinitionFor(const v1::SagaRecord& saga, const ReplayPlan& plan,
                                const Registry& registry) {
  if (plan.against != nullptr) return plan.against;
  return registry.Find(saga.definition(), saga.definition_version());
}

absl::Status ReplayOne(const v1::SagaRecord& saga, const Definition& definition, Store& store,
                       ReplayCounts& counts, const std::function<void(std::string_view)>& print) {
  SKALD_ASSIGN_OR_RETURN(const std::vector<v1::HistoryEntry> history, HistoryOf(saga.id(), store));
  const ReplayResult result = core::Replay(definition, saga, history);
  switch (result.kind) {
    case ReplayResult::Kind::kSame: ++counts.same; break;
    case ReplayResult::Kind::kEndsEarly: ++counts.end_early; break;
    case ReplayResult::Kind::kDiffers:
      ++counts.differ;
      print(DifferenceText(saga, definition, result));
      break;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ReplayPlan> PlanReplay(const CommandLine::Replay& request, const Registry& registry,
                                      absl::Time now) {
  ReplayPlan plan;
  DefinitionName sagas;
  if (!request.against.empty()) {
    SKALD_ASSIGN_OR_RETURN(const DefinitionName against, ParseDefinitionName(request.against));
    SKALD_ASSIGN_OR_RETURN(plan.against, FindDefinition(registry, against.name, against.version));
    sagas.name = against.name;
  }
  if (!request.definition.empty()) {
    SKALD_ASSIGN_OR_RETURN(sagas, ParseDefinitionName(request.definition));
    // Sagas of a version whose code is gone can still be run through another one.
    if (plan.against == nullptr) {
      SKALD_RETURN_IF_ERROR(FindDefinition(registry, sagas.name, sagas.version).status());
    }
  }
  SKALD_ASSIGN_OR_RETURN(Filter filter, ParseFilter(request.filter, FilterSubject::kSagas, now));
  std::vector<Filter> parts;
  if (!sagas.name.empty()) parts.push_back(Equals(FilterField::kDefinition, sagas.name));
  if (sagas.version != 0) {
    parts.push_back(Equals(FilterField::kVersion, int64_t{sagas.version}));
  }
  parts.push_back(std::move(filter));
  plan.filter = All(std::move(parts));
  const absl::StatusOr<int64_t> limit = ParseCount(request.limit);
  if (!limit.ok() || *limit < 1) {
    return InvalidArgument("--limit: '{}' is no number of sagas: expected a whole number from 1 on",
                           request.limit);
  }
  plan.limit = *limit;
  return plan;
}

absl::StatusOr<ReplayCounts> ReplaySagas(const ReplayPlan& plan, const Registry& registry,
                                         Store& store,
                                         const std::function<void(std::string_view)>& print) {
  ReplayCounts counts;
  std::string after;
  for (int64_t left = plan.limit; left > 0;) {
    const int size = static_cast<int>(std::min<int64_t>(left, kPage));
    SKALD_ASSIGN_OR_RETURN(const Page<v1::SagaRecord> page,
                           store.ListSagas(plan.filter, {.size = size, .after = after}));
    for (const v1::SagaRecord& saga : page.items) {
      if (const Definition* definition = DefinitionFor(saga, plan, registry)) {
        SKALD_RETURN_IF_ERROR(ReplayOne(saga, *definition, store, counts, print));
      } else {
        ++counts.lacking[fmt::format("{}@{}", saga.definition(), saga.definition_version())];
      }
    }
    left -= static_cast<int64_t>(page.items.size());
    counts.more = !page.next.empty();
    if (!counts.more) break;
    after = page.next;
  }
  return counts;
}

std::string Summary(const ReplayCounts& counts) {
  std::string text = fmt::format(
      "{} of {} sagas go the same way, {} another, {} as far as can be told\n", counts.same,
      counts.same + counts.differ + counts.end_early, counts.differ, counts.end_early);
  for (const auto& [label, sagas] : counts.lacking) {
    text += fmt::format("{} sagas of {} were left out: this program lacks it\n", sagas, label);
  }
  if (counts.more) text += "there are older sagas: say --limit to look at more of them\n";
  return text;
}

}  // namespace skald::server
