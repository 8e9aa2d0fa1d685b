#include "engine/core/waits.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "base/text.h"

namespace skald::core {
namespace {

using Entry = v1::HistoryEntry;

// The oldest signal that this run of an Await may take; -1: there is none.
int FindSignal(const v1::SagaRecord& saga, const Place& at) {
  for (int i = 0; i < saga.signals_size(); ++i) {
    const v1::StoredSignal& signal = saga.signals(i);
    if (signal.taken_by().empty() && (signal.name() == at.node->name || signal.name() == at.path)) {
      return i;
    }
  }
  return -1;
}

void BeginWait(Work& work, const Place& at, absl::Time until) {
  v1::StepState& wait = work.MutableStep(at.path);
  wait.set_status(v1::Step::RUNNING);
  Entry& entry = work.Record(Entry::WAITING, at);
  // 0 would be for ever; a time before the epoch is over as well as 1.
  wait.set_wake_us(until == absl::InfiniteFuture() ? 0 : std::max<int64_t>(1, ToMicros(until)));
  if (wait.wake_us() != 0) SetTimestamp(wait.wake_us(), *entry.mutable_next_attempt_time());
}

Entry& EndWait(Work& work, const Place& at) {
  v1::StepState& wait = work.MutableStep(at.path);
  wait.set_status(v1::Step::SUCCEEDED);
  wait.set_wake_us(0);
  return work.Record(Entry::WAIT_ENDED, at);
}

Walk Take(Work& work, const Place& at, int index) {
  const v1::StoredSignal& kept = work.record().signals(index);
  absl::StatusOr<std::string> state = at.node->await->keep(work.ScopeOf(at), kept.payload());
  absl::Status failure = state.status();
  if (failure.ok()) {
    failure = work.SetState(at, *std::move(state), fmt::format("the signal of '{}'", at.path));
  }
  if (!failure.ok()) {
    work.Stick(at, failure);
    return Walk::kStuck;
  }
  v1::StoredSignal& signal = *work.record().mutable_signals(index);
  signal.set_taken_by(at.path);
  signal.clear_payload();
  EndWait(work, at).set_message(signal.id());
  return Walk::kDone;
}

// "within 24h", "until 2026-03-01T00:00:00+00:00"
std::string InTime(const Work& work, const Place& at) {
  const AwaitPart& await = *at.node->await;
  if (!await.until) return fmt::format("within {}", absl::FormatDuration(await.within));
  const absl::Time until = FromMicros(work.FindStep(at.path)->wake_us());
  return fmt::format("until {}", absl::FormatTime(until, absl::UTCTimeZone()));
}

// Nobody has sent the signal in time.
Walk Lapse(Work& work, const Place& at) {
  const std::string message =
      fmt::format("no signal '{}' came {}", at.node->name, InTime(work, at));
  switch (at.node->await->otherwise) {
    case Fallback::kContinue: EndWait(work, at).set_timed_out(true); return Walk::kDone;
    case Fallback::kDeadLetter:
      work.Stick(at, v1::Cause::DEADLINE, absl::StatusCode::kDeadlineExceeded, message);
      return Walk::kStuck;
    case Fallback::kCompensate: break;
  }
  v1::Cause cause;
  cause.set_kind(v1::Cause::DEADLINE);
  cause.set_step(at.path);
  cause.set_code(static_cast<int>(absl::StatusCode::kDeadlineExceeded));
  cause.set_message(message);
  work.TurnBack(std::move(cause));
  return Walk::kWaiting;
}

bool IsOver(const v1::StepState& wait) {
  return wait.status() == v1::Step::SUCCEEDED || wait.status() == v1::Step::SKIPPED;
}

bool IsDue(const Work& work, const v1::StepState& wait) {
  return wait.wake_us() != 0 && wait.wake_us() <= work.now_us();
}

// The names under which signals are awaited, sorted.
std::vector<std::string> AwaitedNames(const Definition& definition) {
  std::vector<std::string> names;
  ForEachNode(definition.root, [&](const Node& node) {
    if (node.kind == Node::Kind::kAwait) names.push_back(node.name);
  });
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

bool IsAwaited(const Definition& definition, const std::string& name) {
  const std::vector<std::string> names = AwaitedNames(definition);
  if (std::binary_search(names.begin(), names.end(), name)) return true;
  const std::optional<Place> place = PlaceOf(definition, name);
  return place && place->node->kind == Node::Kind::kAwait;
}

absl::Status CheckAwaited(const Definition& definition, const std::string& name) {
  if (IsAwaited(definition, name)) return absl::OkStatus();
  const std::vector<std::string> names = AwaitedNames(definition);
  if (names.empty()) return InvalidArgument("{} awaits no signals", Label(definition));
  return InvalidArgument("{} awaits no signal '{}': it awaits {}", Label(definition), name,
                         fmt::join(names, ", "));
}

absl::Status CheckRoom(const Work& work, const Signal& signal) {
  const v1::SagaRecord& saga = work.record();
  size_t bytes = signal.payload.size();
  int kept = 0;
  for (const v1::StoredSignal& other : saga.signals()) {
    if (!other.taken_by().empty()) continue;
    ++kept;
    bytes += other.payload().size();
  }
  if (kept >= work.limits().signals) {
    return Error(absl::StatusCode::kResourceExhausted,
                 "{} signals of saga '{}' wait to be taken already, the limit (limits.signals)",
                 kept, saga.id());
  }
  if (bytes > work.limits().state) {
    return Error(absl::StatusCode::kResourceExhausted,
                 "the signals of saga '{}' that wait to be taken would have {} bytes, more than "
                 "limits.state = {}",
                 saga.id(), bytes, work.limits().state);
  }
  if (saga.history_length() >= work.limits().history) {
    return Error(absl::StatusCode::kResourceExhausted,
                 "saga '{}' has a history of {} entries, its limit (limits.history)", saga.id(),
                 saga.history_length());
  }
  return absl::OkStatus();
}

// Ids are remembered of as many taken signals as may be kept; then the oldest is forgotten.
void ForgetOldest(Work& work) {
  auto& signals = *work.record().mutable_signals();
  const auto is_taken = [](const v1::StoredSignal& signal) { return !signal.taken_by().empty(); };
  if (std::count_if(signals.begin(), signals.end(), is_taken) > work.limits().signals) {
    signals.erase(std::find_if(signals.begin(), signals.end(), is_taken));
  }
}

}  // namespace

Walk AdvanceAwait(Work& work, const Place& at) {
  const v1::StepState* wait = work.FindStep(at.path);
  if (wait != nullptr && wait->stuck()) return Walk::kStuck;
  if (wait != nullptr && IsOver(*wait)) return Walk::kDone;
  if (const int signal = FindSignal(work.record(), at); signal >= 0) {
    return Take(work, at, signal);
  }
  if (wait == nullptr || wait->status() == v1::Step::PENDING) {
    const AwaitPart& await = *at.node->await;
    absl::StatusOr<absl::Time> until = work.now() + await.within;
    if (await.until) until = await.until(work.ScopeOf(at), work.now());
    if (!until.ok()) {
      work.Stick(at, until.status());
      return Walk::kStuck;
    }
    BeginWait(work, at, *until);
    wait = work.FindStep(at.path);
  }
  return IsDue(work, *wait) ? Lapse(work, at) : Walk::kWaiting;
}

Walk AdvanceSleep(Work& work, const Place& at) {
  const v1::StepState* wait = work.FindStep(at.path);
  if (wait != nullptr && wait->stuck()) return Walk::kStuck;
  if (wait != nullptr && IsOver(*wait)) return Walk::kDone;
  if (wait == nullptr || wait->status() == v1::Step::PENDING) {
    const absl::StatusOr<absl::Time> until = at.node->sleep->until(work.ScopeOf(at), work.now());
    if (!until.ok()) {
      work.Stick(at, until.status());
      return Walk::kStuck;
    }
    BeginWait(work, at, *until);
    wait = work.FindStep(at.path);
  }
  if (!IsDue(work, *wait)) return Walk::kWaiting;
  EndWait(work, at);
  return Walk::kDone;
}

void TakeSignal(Work& work, const Signal& signal) {
  v1::SagaRecord& saga = work.record();
  for (const v1::StoredSignal& known : saga.signals()) {
    if (known.id() == signal.id) return;
  }
  if (absl::Status refusal = CheckAwaited(work.definition(), signal.name); !refusal.ok()) {
    return work.Answer(std::move(refusal));
  }
  const bool goes_forward = saga.status() == v1::Saga::RUNNING ||
                            (saga.status() == v1::Saga::DEAD_LETTERED && !saga.has_cause());
  if (!goes_forward) {
    return work.Answer(FailedPrecondition("saga '{}' is {}: it takes no signals any more",
                                          saga.id(), v1::Saga::Status_Name(saga.status())));
  }
  if (absl::Status refusal = CheckRoom(work, signal); !refusal.ok()) {
    return work.Answer(std::move(refusal));
  }
  v1::StoredSignal& kept = *saga.add_signals();
  kept.set_id(signal.id);
  kept.set_name(signal.name);
  kept.set_payload(signal.payload);
  ForgetOldest(work);
  Entry& entry = work.Record(Entry::SIGNALLED);
  entry.set_step(signal.name);
  entry.set_message(CleanText(signal.id, work.limits().kept_message));
  entry.set_actor(CleanText(signal.actor, work.limits().kept_message));
}

}  // namespace skald::core
