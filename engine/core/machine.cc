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
#include "engine/core/waits.h"
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
  saga.set_tier(start.tier);
  if (start.start_at > work.now()) saga.set_start_us(ToMicros(start.start_at));
  const absl::Time begins = std::max(work.now(), start.start_at);
  const absl::Time deadline = std::min(start.deadline, begins + work.definition().deadline);
  if (deadline != absl::InfiniteFuture()) {
    // 0 would be none.
    saga.set_deadline_us(std::max<int64_t>(1, ToMicros(deadline)));
  }
  v1::HistoryEntry& entry = work.Record(v1::HistoryEntry::STARTED);
  if (saga.start_us() != 0) SetTimestamp(saga.start_us(), *entry.mutable_next_attempt_time());
  if (start.exclusive_key.empty()) return;
  saga.set_exclusive_key(start.exclusive_key);
  saga.set_queued(start.queued);
  work.SetClaim(start.queued ? KeyClaim::kWait : KeyClaim::kTake);
  if (start.queued) work.Record(v1::HistoryEntry::QUEUED);
}

// A queued saga begins, if the store finds that the key is its own.
void TakeKey(Work& work) {
  work.record().set_queued(false);
  work.SetClaim(KeyClaim::kTake);
  work.Record(v1::HistoryEntry::KEY_TAKEN);
}

void TakeTimer(Work& work) {
  const v1::SagaRecord& saga = work.record();
  const bool drives = IsUnfinished(saga.status()) && !saga.paused() && !work.event().hold;
  const bool too_late = saga.deadline_us() != 0 && saga.deadline_us() <= work.now_us();
  // A queued saga is also woken before its time, when the key may be free.
  if (drives && saga.queued() && !too_late) return TakeKey(work);
  if (saga.due_us() != 0 && saga.due_us() <= work.now_us()) work.Touch();
}

// Takes in the event. What follows from it is Drive's business.
struct TakeEvent {
  Work& work;
  void operator()(const Start& start) const { Begin(work, start); }
  void operator()(const AttemptEnded& ended) const { TakeOutcome(work, ended); }
  void operator()(const Completion& completion) const { TakeCompletion(work, completion); }
  void operator()(const Signal& signal) const { TakeSignal(work, signal); }
  void operator()(const TimerFired&) const { TakeTimer(work); }
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
    const Place root = RootOf(work.definition());
    const bool forward = saga.status() == v1::Saga::RUNNING && HasBegun(saga, work.now_us());
    if (forward && Advance(work, root) == Walk::kDone) {
      return work.End(v1::Saga::COMPLETED, v1::HistoryEntry::COMPLETED);
    }
    // An action that this very transition sends, before it turned back, is in flight: the way back
    // begins when it has ended.
    if (saga.status() == v1::Saga::COMPENSATING && !work.SendsAction() &&
        Retreat(work, root) == Walk::kDone) {
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
