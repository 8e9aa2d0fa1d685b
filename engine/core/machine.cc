#include "engine/core/machine.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/hash.h"
#include "engine/core/backward.h"
#include "engine/core/dead_letter.h"
#include "engine/core/forward.h"
#include "engine/core/orders.h"
#include "engine/core/outcome.h"
#include "engine/core/work.h"

namespace skald::core {
namespace {

void Begin(Work& work, const Start& start) {
  v1::SagaRecord& saga = work.record();
  saga.set_id(start.saga_id);
  saga.set_shard(start.shard);
  saga.set_definition(work.definition().name);
  saga.set_definition_version(work.definition().version);
  saga.set_fingerprint(work.definition().fingerprint);
  saga.set_status(v1::Saga::RUNNING);
  saga.set_state(start.input);
  saga.set_input_digest(start.input_digest);
  saga.mutable_labels()->insert(start.labels.begin(), start.labels.end());
  saga.set_created_us(work.now_us());
  if (start.deadline != absl::InfiniteFuture()) {
    // 0 would be none.
    saga.set_deadline_us(std::max<int64_t>(1, ToMicros(start.deadline)));
  }
  work.Record(v1::HistoryEntry::STARTED);
}

// Takes in the event. What follows from it is Drive's business.
struct TakeEvent {
  Work& work;
  void operator()(const Start& start) const { Begin(work, start); }
  void operator()(const AttemptEnded& ended) const { TakeOutcome(work, ended); }
  void operator()(const Completion&) const {}
  void operator()(const Signal&) const {}
  void operator()(const TimerFired&) const {
    const int64_t due = work.record().due_us();
    if (due != 0 && due <= work.now_us()) work.Touch();
  }
  void operator()(const Recovered&) const { TakeOver(work); }
  void operator()(const Order& order) const { TakeOrder(work, order); }
};

void CheckDeadline(Work& work) {
  v1::SagaRecord& saga = work.record();
  if (saga.status() != v1::Saga::RUNNING || saga.deadline_passed() || saga.deadline_us() == 0 ||
      saga.deadline_us() > work.now_us()) {
    return;
  }
  saga.set_deadline_passed(true);
  if (PastPivot(work.definition(), saga)) {
    work.Record(v1::HistoryEntry::DEADLINE_PASSED);
    return;
  }
  v1::Cause cause;
  cause.set_kind(v1::Cause::DEADLINE);
  cause.set_code(static_cast<int>(absl::StatusCode::kDeadlineExceeded));
  cause.set_message("the saga's deadline has passed");
  work.TurnBack(std::move(cause));
}

// Starts whatever is ready, in the direction in which the saga goes.
void Drive(Work& work) {
  v1::SagaRecord& saga = work.record();
  if (!IsUnfinished(saga.status())) return;
  if (!saga.paused() && !work.event().hold) {
    CheckDeadline(work);
    if (saga.status() == v1::Saga::RUNNING &&
        Advance(work, work.definition().root) == Walk::kDone) {
      return work.End(v1::Saga::COMPLETED, v1::HistoryEntry::COMPLETED);
    }
    if (saga.status() == v1::Saga::COMPENSATING &&
        Retreat(work, work.definition().root) == Walk::kDone) {
      return work.End(v1::Saga::COMPENSATED, v1::HistoryEntry::COMPENSATED);
    }
  }
  ParkIfStuck(work);
}

}  // namespace

Transition Step(const Definition& definition, v1::SagaRecord record, const Event& event,
                const Limits& limits) {
  Work work(definition, std::move(record), event, limits);
  std::visit(TakeEvent{work}, event.what);
  if (work.changed()) Drive(work);
  return std::move(work).Finish();
}

std::string IdempotencyKey(const std::string& saga_id, const std::string& step, v1::Phase phase) {
  return saga_id + "/" + step + (phase == v1::ACTION ? "/action" : "/compensation");
}

std::string InputDigest(const std::string& definition, const std::string& input) {
  // The length keeps the border between the two: no other pair has the same bytes.
  return Sha256(std::to_string(definition.size()) + ":" + definition + input);
}

}  // namespace skald::core
