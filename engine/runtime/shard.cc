#include "engine/runtime/shard.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/hash.h"
#include "base/status.h"
#include "engine/core/lifecycle.h"
#include "engine/core/schedule.h"

namespace skald::runtime {
namespace {

// When a saga whose change was refused, or that somebody else seems to have changed, is read again.
constexpr absl::Duration kReloadAfter = absl::Minutes(1);
// When one is read again that could not be read just now.
constexpr absl::Duration kLoadAgainAfter = absl::Seconds(1);

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

std::string LabelOf(const v1::SagaRecord& record) {
  return fmt::format("{}@{}", record.definition(), record.definition_version());
}

int CountCalls(const core::Transition& transition) {
  return static_cast<int>(std::count_if(
      transition.effects.begin(), transition.effects.end(),
      [](const auto& effect) { return std::holds_alternative<core::SendAttempt>(effect); }));
}

// What is needed if the store finds that the saga's exclusive key is taken.
std::optional<BeforeClaim> BeforeClaimOf(const v1::SagaRecord& record, const core::Event& event,
                                         const Definition& definition) {
  if (record.queued()) return BeforeClaim{.record = record, .start = {}};
  const auto* start = std::get_if<core::Start>(&event.what);
  const bool queues = start != nullptr && !start->exclusive_key.empty() && !start->queued &&
                      definition.exclusive &&
                      definition.exclusive->when_taken == ExclusiveKey::WhenTaken::kQueue;
  if (queues) return BeforeClaim{.record = {}, .start = *start};
  return std::nullopt;
}

// Of many that wait for one key not all ask in the same instant.
absl::Duration QueuePoll(const std::string& saga_id, int64_t now_us) {
  const double drawn =
      static_cast<double>(StableHash(saga_id, static_cast<uint64_t>(now_us)) >> 11) * 0x1p-53;
  return absl::Microseconds(core::kQueuePollUs) * (0.9 + 0.2 * drawn);
}

absl::Status Stopping() { return Unavailable("this node is stopping; try again"); }

absl::Status Moved(const std::string& saga_id) {
  return Unavailable("saga '{}' has moved to another node; try again there", saga_id);
}

}  // namespace

const Definition* DefinitionOf(const Registry& registry, const v1::SagaRecord& record) {
  const Definition* definition = registry.Find(record.definition(), record.definition_version());
  const bool same = definition != nullptr && definition->fingerprint == record.fingerprint();
  return same ? definition : nullptr;
}

void Shard::Start(StartSaga start) {
  if (draining_) return start.done(Stopping());
  StartRequest& request = start.request;
  const Definition* definition = request.definition;
  // Not the version: a client that repeats its start after an upgrade still means the same saga.
  std::string digest = core::InputDigest(definition->name, request.input);
  const auto [saga, is_new] = Emplace(request.saga_id);
  saga->second.events.push_back(
      {.what = core::Start{.saga_id = std::move(request.saga_id),
                           .shard = number_,
                           .input = std::move(request.input),
                           .input_digest = std::move(digest),
                           .labels = std::move(request.labels),
                           .deadline = request.deadline,
                           .start_at = request.start_at,
                           .tier = request.tier,
                           .exclusive_key = std::move(request.exclusive_key)},
       .answer = std::move(start.done),
       .definition = definition});
  Advance(saga);
}

void Shard::Give(GiveCommand order) {
  if (draining_) return order.done(Stopping());
  const auto saga = FindOrLoad(order.saga_id);
  if (saga == sagas_.end()) {
    return order.done(absl::ResourceExhaustedError(
        "too many orders for sagas that are not in memory wait; try again"));
  }
  std::visit(
      [&](auto& command) {
        saga->second.events.push_back(
            {.what = std::move(command), .answer = std::move(order.done)});
      },
      order.command);
  Advance(saga);
}

void Shard::EndCall(CallEnded call) {
  const auto saga = sagas_.find(call.saga_id);
  // We let go of it meanwhile; whoever has it now treats the call as uncertain.
  if (saga == sagas_.end()) return;
  saga->second.events.push_back({.what = std::move(call.ended), .answer = {}});
  Advance(saga);
}

void Shard::Fire(const std::string& saga_id) {
  if (draining_) return;
  // Not in memory: it slept in the store, or was set aside, and now is the time to look at it. If
  // it cannot be loaded now, then a little later.
  const auto saga = FindOrLoad(saga_id);
  if (saga == sagas_.end()) return timers_.Set(saga_id, around_.clock.Now() + kLoadAgainAfter);
  saga->second.events.push_back({.what = core::TimerFired{}, .answer = {}});
  Advance(saga);
}

void Shard::WakeAt(const std::string& saga_id, absl::Time due) {
  // In memory it has a timer of its own, and may have changed since it was read.
  if (!sagas_.contains(saga_id)) timers_.Set(saga_id, due);
}

void Shard::Recover(v1::SagaRecord record) {
  const auto [saga, is_new] = Emplace(record.id());
  if (!is_new) return;
  saga->second.state = ActiveSaga::State::kLoading;
  TakeLoaded({.saga_id = saga->first, .record = std::optional(std::move(record))});
}

Shard::Sagas::iterator Shard::FindOrLoad(const std::string& saga_id) {
  if (const auto known = sagas_.find(saga_id); known != sagas_.end()) return known;
  if (!around_.loader.Load(saga_id)) return sagas_.end();
  const auto saga = Emplace(saga_id).first;
  saga->second.state = ActiveSaga::State::kLoading;
  return saga;
}

void Shard::BeginLoad(Sagas::iterator saga) {
  saga->second.state = ActiveSaga::State::kLoading;
  if (!around_.loader.Load(saga->first)) {
    Forget(saga, absl::ResourceExhaustedError("too many sagas wait to be read; try again"));
  }
}

void Shard::TakeLoaded(SagaLoaded loaded) {
  const auto found = sagas_.find(loaded.saga_id);
  if (found == sagas_.end() || found->second.state != ActiveSaga::State::kLoading) return;
  if (draining_) return Erase(found, Stopping());
  if (!loaded.record.ok()) return Forget(found, loaded.record.status());
  ActiveSaga& saga = found->second;
  saga.state = ActiveSaga::State::kReady;
  if (loaded.record->has_value()) {
    saga.record = **std::move(loaded.record);
    AnswerRepeatedStarts(saga);
    if (saga.record.epoch() > epoch_) return Erase(found, Moved(loaded.saga_id));
    saga.definition = DefinitionOf(around_.registry, saga.record);
    if (saga.definition != nullptr && core::IsUnfinished(saga.record.status())) {
      saga.slot = Slot::Take(around_.counters.active_sagas);
      // A sleeping saga has lost nothing: whoever put it to sleep knew all of it.
      if (!saga.record.asleep()) {
        saga.events.push_front({.what = core::Recovered{}, .answer = {}});
      } else if (saga.record.due_us() != 0) {
        timers_.Set(loaded.saga_id, FromMicros(saga.record.due_us()));
      }
    }
  }
  Advance(found);
}

void Shard::Advance(Sagas::iterator found) {
  ActiveSaga& saga = found->second;
  while (saga.state == ActiveSaga::State::kReady && !saga.events.empty()) {
    Waiting event = std::move(saga.events.front());
    saga.events.pop_front();
    Handle(found->first, saga, std::move(event));
  }
  if (saga.state != ActiveSaga::State::kReady || StaysInMemory(saga)) return;
  // Of a saga that we have not seen we do not know what its timer is for.
  if (saga.record.revision() != 0) timers_.Clear(found->first);
  sagas_.erase(found);
}

bool Shard::StaysInMemory(const ActiveSaga& saga) const {
  const v1::SagaRecord& record = saga.record;
  if (record.revision() == 0 || saga.definition == nullptr) return false;
  if (core::HasCallInFlight(record)) return true;
  // Paused, or waiting for what somebody else does: it is never due.
  if (!core::IsUnfinished(record.status()) || record.due_us() == 0) return false;
  return FromMicros(record.due_us()) <= around_.clock.Now() + around_.options.horizon;
}

void Shard::Handle(const std::string& saga_id, ActiveSaga& saga, Waiting waiting) {
  const bool from_client = !std::holds_alternative<std::monostate>(waiting.answer);
  if (draining_ && from_client) return Fail(waiting.answer, Stopping());
  if (std::holds_alternative<core::Start>(waiting.what)) {
    if (!AdmitStart(saga_id, saga, waiting)) return;
  } else if (saga.record.revision() == 0) {
    return Fail(waiting.answer, NotFound("there is no saga '{}'", saga_id));
  } else if (saga.definition == nullptr) {
    return Fail(waiting.answer,
                FailedPrecondition("saga '{}' runs {}, which this node does not have (or has with "
                                   "other steps): run it on a node that has it",
                                   saga_id, LabelOf(saga.record)));
  }
  const bool timer = std::holds_alternative<core::TimerFired>(waiting.what);
  // A clock that was set back must not make a saga's history run backwards. Whole microseconds, as
  // they are stored: a replay from the store sees the same times.
  const int64_t at = std::max(ToMicros(around_.clock.Now()), saga.record.updated_us());
  core::Event event{
      .at = FromMicros(at), .epoch = epoch_, .what = std::move(waiting.what), .hold = draining_};
  std::optional<BeforeClaim> before = BeforeClaimOf(saga.record, event, *saga.definition);
  core::Transition transition =
      core::Step(*saga.definition, std::move(saga.record), event, around_.options.limits);
  if (transition.changed) {
    return Submit(saga, std::make_unique<CommitJob>(CommitJob{.transition = std::move(transition),
                                                              .answer = std::move(waiting.answer),
                                                              .before = std::move(before)}));
  }
  saga.record = std::move(transition.record);
  // The clock was set back between the timer and the look at the clock above.
  if (timer && saga.record.due_us() > at) timers_.Set(saga_id, FromMicros(saga.record.due_us()));
  if (!transition.answer.ok()) return Fail(waiting.answer, transition.answer);
  if (const auto* done = std::get_if<Engine::OrderDone>(&waiting.answer)) (*done)(saga.record);
}

bool Shard::AdmitStart(const std::string& saga_id, ActiveSaga& saga, const Waiting& event) {
  if (saga.record.revision() != 0) {
    AnswerRepeatedStart(saga.record, event);
    return false;
  }
  const EngineOptions& options = around_.options;
  const auto tiers = static_cast<int>(options.backlog_for_tier.size());
  const int tier = std::clamp(std::get<core::Start>(event.what).tier, 0, tiers - 1);
  const int64_t share = options.backlog_for_tier[static_cast<size_t>(tier)];
  // Rounded up: a small backlog is a backlog too.
  saga.slot = Slot::TryTake(around_.counters.active_sagas, (options.backlog * share + 99) / 100);
  if (!saga.slot) {
    Fail(event.answer,
         Error(StatusCode::kResourceExhausted,
               "saga '{}' was not started: too many unfinished sagas are under way; tier {} may "
               "fill {} % of this node's backlog of {}; try again later",
               saga_id, tier, share, options.backlog));
    return false;
  }
  saga.definition = event.definition;
  return true;
}

void Shard::AnswerRepeatedStarts(ActiveSaga& saga) {
  std::deque<Waiting> others;
  for (Waiting& event : saga.events) {
    if (std::holds_alternative<core::Start>(event.what)) {
      AnswerRepeatedStart(saga.record, event);
    } else {
      others.push_back(std::move(event));
    }
  }
  saga.events = std::move(others);
}

void Shard::AnswerRepeatedStart(const v1::SagaRecord& stored, const Waiting& event) {
  const auto& start = std::get<core::Start>(event.what);
  if (stored.input_digest() == start.input_digest) {
    std::get<Engine::StartDone>(event.answer)(
        StartResult{.kind = StartResult::Kind::kAlreadyStarted, .saga = stored});
    return;
  }
  Fail(event.answer, Error(StatusCode::kAlreadyExists,
                           "saga id '{}' is taken by a saga of {}; this start of {} has another "
                           "definition or input: choose another id",
                           start.saga_id, LabelOf(stored), Label(*event.definition)));
}

void Shard::Submit(ActiveSaga& saga, std::unique_ptr<CommitJob> job) {
  around_.calls.Promise(CountCalls(job->transition));
  saga.state = ActiveSaga::State::kCommitting;
  ++commits_under_way_;
  around_.committer.Submit(std::move(job));
}

void Shard::EndCommit(std::unique_ptr<CommitJob> job) {
  --commits_under_way_;
  const auto found = sagas_.find(job->transition.record.id());
  SKALD_CHECK(found != sagas_.end(), "saga '{}' was forgotten while it was being stored",
              job->transition.record.id());
  ActiveSaga& saga = found->second;
  saga.state = ActiveSaga::State::kReady;
  switch (job->outcome) {
    case CommitJob::Outcome::kStored: TakeEffect(saga, *job); return Advance(found);
    case CommitJob::Outcome::kAlreadyExists: {
      // Somebody started it before: compare what is stored with what was asked for.
      around_.calls.Withdraw(CountCalls(job->transition));
      saga.slot.reset();
      const v1::SagaRecord& record = job->transition.record;
      core::Start start{
          .saga_id = record.id(), .shard = number_, .input_digest = record.input_digest()};
      saga.events.push_front({.what = std::move(start),
                              .answer = std::move(job->answer),
                              .definition = saga.definition});
      return BeginLoad(found);
    }
    case CommitJob::Outcome::kKeyTaken: return GoWithoutKey(found, *job);
    default: return LetGo(found, *job);
  }
}

void Shard::TakeEffect(ActiveSaga& saga, CommitJob& job) {
  around_.counters.transitions.fetch_add(1, std::memory_order_relaxed);
  saga.record = std::move(job.transition.record);
  if (!core::IsUnfinished(saga.record.status())) {
    saga.slot.reset();
  } else if (!saga.slot) {
    saga.slot = Slot::Take(around_.counters.active_sagas);
  }
  // Who begins to wait looks too: the key may have become free before it was in the queue.
  if (job.transition.claim == core::KeyClaim::kRelease ||
      job.transition.claim == core::KeyClaim::kWait) {
    around_.loader.FindNext(saga.record.exclusive_key());
  }
  const auto carry_out = Overloaded{
      [&](core::SendAttempt& attempt) { Send(saga, std::move(attempt)); },
      [&](const core::SetTimer& timer) { timers_.Set(saga.record.id(), timer.due); },
      [&](const core::Notify&) { around_.watchers.Notify(saga.record); },
  };
  for (core::Effect& effect : job.transition.effects) std::visit(carry_out, effect);

  if (!job.transition.answer.ok()) return Fail(job.answer, job.transition.answer);
  if (const auto* start = std::get_if<Engine::StartDone>(&job.answer)) {
    (*start)(StartResult{.saga = saga.record});
  } else if (const auto* order = std::get_if<Engine::OrderDone>(&job.answer)) {
    (*order)(saga.record);
  }
}

void Shard::Send(const ActiveSaga& saga, core::SendAttempt attempt) {
  around_.calls.Send({.saga_id = saga.record.id(),
                      .definition = LabelOf(saga.record),
                      .epoch = epoch_,
                      .attempt = std::move(attempt)},
                     mailbox_);
}

void Shard::GoWithoutKey(Sagas::iterator found, CommitJob& job) {
  around_.calls.Withdraw(CountCalls(job.transition));
  ActiveSaga& saga = found->second;
  if (const auto* started = std::get_if<Engine::StartDone>(&job.answer)) {
    saga.slot.reset();
    if (job.before && job.before->start) {
      core::Start start = *std::move(job.before->start);
      start.queued = true;
      saga.events.push_front({.what = std::move(start),
                              .answer = std::move(job.answer),
                              .definition = saga.definition});
    } else {
      (*started)(StartResult{.kind = StartResult::Kind::kKeyTaken, .saga = {}});
    }
  } else {
    SKALD_CHECK(job.before, "saga '{}' asked for a key that it did not wait for", found->first);
    saga.record = std::move(job.before->record);
    const absl::Time now = around_.clock.Now();
    timers_.Set(found->first, now + QueuePoll(found->first, ToMicros(now)));
  }
  Advance(found);
}

void Shard::LetGo(Sagas::iterator found, const CommitJob& job) {
  const std::string saga_id = found->first;
  absl::Status why = job.error;
  bool look_again = false;
  switch (job.outcome) {
    case CommitJob::Outcome::kRefused:
      around_.counters.set_aside.fetch_add(1, std::memory_order_relaxed);
      spdlog::error("saga '{}' is set aside: the store refuses revision {}: {}: {}", saga_id,
                    job.transition.record.revision(), CodeName(why.code()), Message(why));
      look_again = job.transition.record.revision() > 1;
      break;
    case CommitJob::Outcome::kConflict: look_again = true; [[fallthrough]];
    case CommitJob::Outcome::kStaleEpoch:
      around_.counters.moved.fetch_add(1, std::memory_order_relaxed);
      why = Moved(saga_id);
      break;
    default: break;
  }
  around_.calls.Withdraw(CountCalls(job.transition));
  Fail(job.answer, why);
  if (job.outcome == CommitJob::Outcome::kStaleEpoch) return Erase(found, why);
  Forget(found, why);
  if (look_again) timers_.Set(saga_id, around_.clock.Now() + kReloadAfter);
}

void Shard::Forget(Sagas::iterator found, const absl::Status& why) {
  const std::string saga_id = found->first;
  const auto& events = found->second.events;
  const bool fired = std::any_of(events.begin(), events.end(), [](const Waiting& event) {
    return std::holds_alternative<core::TimerFired>(event.what);
  });
  Erase(found, why);
  const bool soon = absl::IsUnavailable(why) || absl::IsResourceExhausted(why);
  if (fired) timers_.Set(saga_id, around_.clock.Now() + (soon ? kLoadAgainAfter : kReloadAfter));
}

void Shard::Erase(Sagas::iterator found, const absl::Status& why) {
  for (const Waiting& event : found->second.events) Fail(event.answer, why);
  sagas_.erase(found);
}

void Shard::FailAll(const absl::Status& status) {
  while (!sagas_.empty()) Erase(sagas_.begin(), status);
}

}  // namespace skald::runtime
