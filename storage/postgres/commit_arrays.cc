#include "storage/postgres/commit_arrays.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"
#include "storage/labels_json.h"
#include "storage/postgres/binary_array.h"
#include "storage/postgres/encoding.h"
#include "storage/sleep.h"

namespace skald::postgres {
namespace {

using Element = BinaryArray::Element;

template <typename... Arrays>
void TakeInto(Parameters& parameters, Arrays&... arrays) {
  (parameters.arrays.push_back(arrays.Take()), ...);
}

struct SagaArrays {
  BinaryArray id{Element::kText}, shard{Element::kInt4}, epoch{Element::kInt8},
      revision{Element::kInt8}, definition{Element::kText}, version{Element::kInt8},
      status{Element::kInt2}, paused{Element::kBool}, cause{Element::kInt2},
      created_us{Element::kInt8}, finished_us{Element::kInt8}, due_us{Element::kInt8},
      labels{Element::kText}, record{Element::kBytes}, first{Element::kInt8},
      entries{Element::kBytes}, wakes_us{Element::kInt8};

  void Add(const Change& change) {
    const v1::SagaRecord& saga = *change.record;
    id.Add(saga.id());
    shard.AddNumber(saga.shard());
    epoch.AddNumber(saga.epoch());
    revision.AddNumber(saga.revision());
    definition.Add(saga.definition());
    version.AddNumber(saga.definition_version());
    status.AddNumber(saga.status());
    paused.AddNumber(saga.paused() ? 1 : 0);
    cause.AddNumber(saga.cause().kind());
    created_us.AddNumber(saga.created_us());
    finished_us.AddNumber(saga.finished_us());
    due_us.AddNumber(saga.due_us());
    labels.Add(ToJson(saga.labels()));
    record.Add(EncodeWithoutSteps(saga));
    // Entries count from 1: a change without history has 0 here.
    first.AddNumber(change.history.empty() ? 0 : change.history.front().number());
    entries.Add(EncodeHistory(change.history));
    wakes_us.AddNumber(WakesUs(saga));
  }

  void Take(Parameters& parameters) {
    TakeInto(parameters, id, shard, epoch, revision, definition, version, status, paused, cause,
             created_us, finished_us, due_us, labels, record, first, entries, wakes_us);
  }
};

struct StepArrays {
  BinaryArray saga_id{Element::kText}, path{Element::kText}, position{Element::kInt4},
      status{Element::kInt2}, record{Element::kBytes};

  void Add(const Change& change) {
    for (const int index : change.changed_steps) {
      const v1::StepState& step = change.record->steps(index);
      saga_id.Add(change.record->id());
      path.Add(step.path());
      position.AddNumber(index);
      status.AddNumber(step.status());
      record.Add(step.SerializeAsString());
    }
  }

  void Take(Parameters& parameters) {
    TakeInto(parameters, saga_id, path, position, status, record);
  }
};

struct DeadLetterArrays {
  BinaryArray saga_id{Element::kText}, number{Element::kInt4}, definition{Element::kText},
      version{Element::kInt8}, step{Element::kText}, cause{Element::kInt2},
      created_us{Element::kInt8}, closed_us{Element::kInt8}, record{Element::kBytes};

  void Add(const Change& change) {
    if (change.dead_letter == nullptr) return;
    const v1::DeadLetterRecord& letter = *change.dead_letter;
    saga_id.Add(letter.saga_id());
    number.AddNumber(letter.number());
    definition.Add(letter.definition());
    version.AddNumber(letter.definition_version());
    step.Add(letter.step());
    cause.AddNumber(letter.cause().kind());
    created_us.AddNumber(letter.created_us());
    closed_us.AddNumber(letter.closed_us());
    record.Add(letter.SerializeAsString());
  }

  void Take(Parameters& parameters) {
    TakeInto(parameters, saga_id, number, definition, version, step, cause, created_us, closed_us,
             record);
  }
};

struct AuditArrays {
  BinaryArray saga_id{Element::kText}, revision{Element::kInt8}, at_us{Element::kInt8},
      record{Element::kBytes};

  void Add(const Change& change) {
    if (change.audit == nullptr) return;
    saga_id.Add(change.audit->saga_id());
    revision.AddNumber(change.audit->revision());
    at_us.AddNumber(change.audit->at_us());
    record.Add(change.audit->SerializeAsString());
  }

  void Take(Parameters& parameters) { TakeInto(parameters, saga_id, revision, at_us, record); }
};

}  // namespace

std::vector<size_t> CommitOrder(std::span<const Change> changes) {
  std::vector<size_t> order(changes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto id = [&changes](size_t i) -> const std::string& { return changes[i].record->id(); };
  std::sort(order.begin(), order.end(), [&id](size_t a, size_t b) { return id(a) < id(b); });
  const auto twice = std::adjacent_find(order.begin(), order.end(),
                                        [&id](size_t a, size_t b) { return id(a) == id(b); });
  SKALD_CHECK(twice == order.end(), "two changes of saga {} in one commit", id(*twice));
  return order;
}

Parameters CommitParameters(std::span<const Change> changes, const std::vector<size_t>& order) {
  SagaArrays sagas;
  StepArrays steps;
  DeadLetterArrays dead_letters;
  AuditArrays audit;
  for (const size_t i : order) {
    sagas.Add(changes[i]);
    steps.Add(changes[i]);
    dead_letters.Add(changes[i]);
    audit.Add(changes[i]);
  }
  Parameters parameters;
  sagas.Take(parameters);
  steps.Take(parameters);
  dead_letters.Take(parameters);
  audit.Take(parameters);
  return parameters;
}

Parameters ForeseeParameters(std::span<const Change> changes, const std::vector<size_t>& order) {
  BinaryArray id(Element::kText), shard(Element::kInt4), epoch(Element::kInt8),
      revision(Element::kInt8);
  for (const size_t i : order) {
    const v1::SagaRecord& saga = *changes[i].record;
    id.Add(saga.id());
    shard.AddNumber(saga.shard());
    epoch.AddNumber(saga.epoch());
    revision.AddNumber(saga.revision());
  }
  Parameters parameters;
  TakeInto(parameters, id, shard, epoch, revision);
  return parameters;
}

void SetRefused(const Rows& refused, const std::vector<size_t>& order,
                std::vector<ChangeResult>& results) {
  for (int row = 0; row < refused.size(); ++row) {
    const size_t place = static_cast<size_t>(refused.Number(row, 0)) - 1;
    const bool owned = refused.Truth(row, 1);
    const bool is_new = refused.Number(row, 2) == 1;
    results[order[place]] = !owned   ? ChangeResult::kStaleEpoch
                            : is_new ? ChangeResult::kAlreadyExists
                                     : ChangeResult::kConflict;
  }
}

}  // namespace skald::postgres
