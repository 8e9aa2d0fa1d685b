#include "engine/core/outcome.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "base/status.h"
#include "base/text.h"
#include "engine/core/retry.h"

namespace skald::core {
namespace {

using Outcome = v1::HistoryEntry;

// The attempt as it counts, after a look at the reply.
struct Judged {
  Outcome::Outcome outcome = Outcome::OUTCOME_UNCERTAIN;
  absl::StatusCode code = absl::StatusCode::kUnknown;
  std::string message;
  // Of a success: the state with the reply kept.
  std::string state;
  // A success that the engine cannot take in: the author's function failed, or a limit was reached.
  v1::Cause::Kind unusable = v1::Cause::KIND_UNSPECIFIED;
};

// The author's word on the code, or else the contract's.
Outcome::Outcome MappedOutcome(const Call& call, absl::StatusCode code) {
  const auto mapped = call.outcomes.find(code);
  if (mapped == call.outcomes.end()) return OutcomeOf(code);
  switch (mapped->second) {
    case skald::Outcome::kSucceeded: return Outcome::OUTCOME_SUCCEEDED;
    case skald::Outcome::kRejected: return Outcome::OUTCOME_REJECTED;
    case skald::Outcome::kUncertain: return Outcome::OUTCOME_UNCERTAIN;
  }
  return Outcome::OUTCOME_UNCERTAIN;
}

// The state with what a success leaves in it. A mapped code comes without a reply.
absl::StatusOr<std::string> Keep(const Call& call, const Scope& scope, const AttemptEnded& ended) {
  if (ended.code == absl::StatusCode::kOk) return call.keep_response(scope, ended.reply);
  const auto mapped = call.keep_mapped.find(ended.code);
  if (mapped == call.keep_mapped.end()) return std::string(scope.state);
  return mapped->second(scope);
}

Judged Judge(const Work& work, const Place& at, const AttemptEnded& ended) {
  const Call& call = ended.phase == v1::ACTION ? *at.node->action : *at.node->compensation;
  Judged judged{
      .outcome = MappedOutcome(call, ended.code), .code = ended.code, .message = ended.message};
  if (judged.outcome != Outcome::OUTCOME_SUCCEEDED) return judged;
  const Scope scope = work.ScopeOf(at);
  if (ended.pending) {
    judged.outcome = Outcome::OUTCOME_PENDING;
    return judged;
  }
  absl::StatusOr<std::string> state = Keep(call, scope, ended);
  if (!state.ok()) {
    judged.outcome = Outcome::OUTCOME_UNCERTAIN;
    judged.code = state.status().code();
    judged.message = Message(state.status());
    if (!absl::IsDataLoss(state.status())) judged.unusable = v1::Cause::DEFINITION;
  } else if (state->size() > work.limits().state) {
    judged.outcome = Outcome::OUTCOME_UNCERTAIN;
    judged.code = absl::StatusCode::kResourceExhausted;
    judged.message =
        fmt::format("with this reply the state has {} bytes, more than limits.state = {}",
                    state->size(), work.limits().state);
    judged.unusable = v1::Cause::LIMIT;
  } else {
    judged.state = *std::move(state);
  }
  return judged;
}

v1::Cause CauseOf(v1::Cause::Kind kind, const Place& at, const v1::StepState::Attempts& attempts) {
  v1::Cause cause;
  cause.set_kind(kind);
  cause.set_step(at.path);
  cause.set_code(attempts.last_code());
  cause.set_message(attempts.last_message());
  return cause;
}

void RecordEnd(Work& work, const AttemptEnded& ended, const Judged& judged,
               const v1::StepState::Attempts& attempts) {
  v1::HistoryEntry& entry = work.Record(v1::HistoryEntry::ATTEMPT_ENDED);
  entry.set_step(ended.step);
  if (std::holds_alternative<Completion>(work.event().what)) entry.set_verb("complete");
  entry.set_phase(ended.phase);
  entry.set_attempt(ended.attempt);
  entry.set_outcome(judged.outcome);
  entry.set_code(static_cast<int>(judged.code));
  entry.set_message(CleanText(judged.message, work.limits().kept_message));
  entry.mutable_elapsed()->set_seconds(absl::ToInt64Seconds(ended.elapsed));
  entry.mutable_elapsed()->set_nanos(
      static_cast<int>((ended.elapsed % absl::Seconds(1)) / absl::Nanoseconds(1)));
  if (attempts.next_us() != 0) {
    SetTimestamp(attempts.next_us(), *entry.mutable_next_attempt_time());
  }
}

// Sets the time of the next attempt. False: the retries have ended.
bool Reschedule(Work& work, const Place& at, v1::Phase phase, v1::StepState::Attempts& attempts,
                absl::Duration pushback) {
  const RetryPolicy& policy =
      phase == v1::ACTION ? at.node->action_retry : at.node->compensation_retry;
  const auto next = NextAttempt(policy, IdempotencyKey(work.record().id(), at.path, phase),
                                attempts, work.now(), pushback);
  if (next) attempts.set_next_us(ToMicros(*next));
  return next.has_value();
}

// The call goes on without us, or nobody has answered whether it still does.
void KeepPending(Work& work, const Place& at, v1::StepState::Attempts& attempts,
                 const AttemptEnded& ended) {
  if (!attempts.pending()) {
    attempts.set_pending(true);
    attempts.set_pending_until_us(ToMicros(work.now() + at.node->pending_timeout));
  }
  if (ended.pending) attempts.set_poll_us(absl::ToInt64Microseconds(ended.poll_after));
  if (attempts.poll_us() > 0) {
    const absl::Duration delay =
        std::max({absl::Microseconds(attempts.poll_us()), ended.pushback, kLeastDelay});
    attempts.set_next_us(ToMicros(work.now() + delay));
  }
}

void StopPending(v1::StepState::Attempts& attempts) {
  attempts.set_pending(false);
  attempts.set_pending_until_us(0);
  attempts.set_poll_us(0);
  attempts.set_next_us(0);
}

// What a refusal proves. A participant that answers a repeated key with its first reply can only
// say no if it said no (or nothing) before. But these codes may come from what stands before it, a
// proxy or an interceptor, and say nothing of an earlier attempt (docs/adr/0001-core.md).
v1::Step::Status AfterRefusal(const Call& call, absl::StatusCode code,
                              const v1::StepState::Attempts& attempts) {
  const bool from_before_the_participant = code == absl::StatusCode::kUnauthenticated ||
                                           code == absl::StatusCode::kPermissionDenied ||
                                           code == absl::StatusCode::kUnimplemented;
  const bool proves_nothing = from_before_the_participant && !call.outcomes.contains(code);
  return proves_nothing && attempts.total() > 1 ? v1::Step::UNCERTAIN : v1::Step::REJECTED;
}

// The action did not succeed and will not be tried again.
void GiveUp(Work& work, const Place& at, v1::Step::Status status, v1::Cause::Kind kind) {
  v1::StepState& step = work.MutableStep(at.path);
  step.set_status(status);
  // A pivot that was clearly refused did not happen: the way back is still open.
  const bool point_of_no_return =
      at.node->retriable && !(at.node->pivot && status == v1::Step::REJECTED);
  const v1::Cause cause = CauseOf(kind, at, step.action());
  if (point_of_no_return) {
    work.Stick(at, kind, static_cast<absl::StatusCode>(cause.code()), cause.message());
  } else {
    work.TurnBack(cause);
  }
}

void SettleAction(Work& work, const Place& at, const AttemptEnded& ended, const Judged& judged) {
  v1::StepState& step = work.MutableStep(at.path);
  v1::StepState::Attempts& attempts = *step.mutable_action();
  const bool forward = work.record().status() == v1::Saga::RUNNING;
  const bool rejected = judged.outcome == Outcome::OUTCOME_REJECTED;
  if (judged.outcome == Outcome::OUTCOME_SUCCEEDED || rejected) {
    StopPending(attempts);
    const v1::Step::Status status =
        rejected ? AfterRefusal(*at.node->action, judged.code, attempts) : v1::Step::SUCCEEDED;
    step.set_status(status);
    RecordEnd(work, ended, judged, attempts);
    if (rejected && forward) GiveUp(work, at, status, v1::Cause::REJECTED);
    return;
  }
  // The saga turned back meanwhile: no more attempts, the uncertain step is compensated.
  if (!forward || judged.unusable != v1::Cause::KIND_UNSPECIFIED) {
    StopPending(attempts);
    step.set_status(v1::Step::UNCERTAIN);
    RecordEnd(work, ended, judged, attempts);
    if (forward) work.Stick(at, judged.unusable, judged.code, judged.message);
    return;
  }
  if (judged.outcome == Outcome::OUTCOME_PENDING || attempts.pending()) {
    KeepPending(work, at, attempts, ended);
    RecordEnd(work, ended, judged, attempts);
    return;
  }
  const bool again = Reschedule(work, at, v1::ACTION, attempts, ended.pushback);
  RecordEnd(work, ended, judged, attempts);
  if (!again) GiveUp(work, at, v1::Step::UNCERTAIN, v1::Cause::EXHAUSTED);
}

void SettleCompensation(Work& work, const Place& at, const AttemptEnded& ended,
                        const Judged& judged) {
  v1::StepState& step = work.MutableStep(at.path);
  v1::StepState::Attempts& attempts = *step.mutable_compensation();
  v1::Cause::Kind stuck = judged.unusable;
  if (judged.outcome == Outcome::OUTCOME_SUCCEEDED) {
    step.set_status(v1::Step::COMPENSATED);
  } else if (judged.outcome == Outcome::OUTCOME_REJECTED) {
    stuck = v1::Cause::REJECTED;
  } else if (stuck != v1::Cause::KIND_UNSPECIFIED) {
    // Nothing that is tried again would help.
  } else if (judged.outcome == Outcome::OUTCOME_PENDING || attempts.pending()) {
    KeepPending(work, at, attempts, ended);
  } else if (!Reschedule(work, at, v1::COMPENSATION, attempts, ended.pushback)) {
    stuck = v1::Cause::EXHAUSTED;
  }
  const bool settled = step.status() == v1::Step::COMPENSATED;
  if (settled || stuck != v1::Cause::KIND_UNSPECIFIED) StopPending(attempts);
  RecordEnd(work, ended, judged, attempts);
  if (stuck != v1::Cause::KIND_UNSPECIFIED) work.Stick(at, stuck, judged.code, judged.message);
}

// An attempt that is in flight, or a call that has not been settled, ends so.
void Settle(Work& work, const Place& at, const AttemptEnded& ended) {
  Judged judged = Judge(work, at, ended);
  v1::StepState::Attempts& attempts = AttemptsOf(work.MutableStep(at.path), ended.phase);
  attempts.set_in_flight(false);
  attempts.set_next_us(0);
  switch (judged.outcome) {
    case Outcome::OUTCOME_SUCCEEDED:
      SKALD_CHECK(work.SetState(at, std::move(judged.state), "a reply").ok(), "judged before");
      // What was to be repeated has come true.
      attempts.clear_request();
      [[fallthrough]];
    case Outcome::OUTCOME_PENDING:
      attempts.clear_last_code();
      attempts.clear_last_message();
      break;
    default:
      attempts.set_last_code(static_cast<int>(judged.code));
      attempts.set_last_message(CleanText(judged.message, work.limits().kept_message));
  }
  if (ended.phase == v1::ACTION) {
    SettleAction(work, at, ended, judged);
  } else {
    SettleCompensation(work, at, ended, judged);
  }
}

// The call has been pending for as long as it may.
void EndPending(Work& work, const Place& at, v1::Phase phase) {
  v1::StepState::Attempts& attempts = AttemptsOf(work.MutableStep(at.path), phase);
  StopPending(attempts);
  attempts.set_last_code(static_cast<int>(absl::StatusCode::kDeadlineExceeded));
  attempts.set_last_message(
      fmt::format("still pending after {}", absl::FormatDuration(at.node->pending_timeout)));
  if (phase == v1::ACTION) {
    GiveUp(work, at, v1::Step::UNCERTAIN, v1::Cause::EXHAUSTED);
  } else {
    work.Stick(at, v1::Cause::EXHAUSTED, absl::StatusCode::kDeadlineExceeded,
               attempts.last_message());
  }
}

// What a step has come to if it ended so.
bool HasEndedSo(const v1::StepState& step, const Completion& completion, Outcome::Outcome outcome) {
  if (completion.phase == v1::COMPENSATION) {
    return step.status() == v1::Step::COMPENSATED && outcome == Outcome::OUTCOME_SUCCEEDED;
  }
  switch (step.status()) {
    case v1::Step::SUCCEEDED: return outcome == Outcome::OUTCOME_SUCCEEDED;
    case v1::Step::REJECTED: return outcome == Outcome::OUTCOME_REJECTED;
    default: return false;
  }
}

}  // namespace

void TakeOutcome(Work& work, const AttemptEnded& ended) {
  const v1::StepState* known = work.FindStep(ended.step);
  if (known == nullptr) return;
  const v1::StepState::Attempts& expected = AttemptsOf(*known, ended.phase);
  if (!expected.in_flight() || expected.total() != ended.attempt) return;
  Settle(work, *PlaceOf(work.definition(), ended.step), ended);
}

void TakeCompletion(Work& work, const Completion& completion) {
  const v1::StepState* step = work.FindStep(completion.step);
  const std::optional<Place> at = PlaceOf(work.definition(), completion.step);
  const bool action = completion.phase == v1::ACTION;
  const bool has_call =
      at && (action ? at->node->action.has_value() : at->node->compensation.has_value());
  if (!has_call) {
    return work.Answer(NotFound("{} has no {} of a step '{}'", Label(work.definition()),
                                action ? "action" : "compensation", completion.step));
  }
  if (step == nullptr || AttemptsOf(*step, completion.phase).total() == 0) {
    return work.Answer(FailedPrecondition("saga '{}' has never sent this call of '{}'",
                                          work.record().id(), completion.step));
  }
  const Call& call = action ? *at->node->action : *at->node->compensation;
  if (HasEndedSo(*step, completion, MappedOutcome(call, completion.code))) return;
  const v1::Step::Status waiting = action ? v1::Step::RUNNING : v1::Step::COMPENSATING;
  if (step->status() != waiting || step->stuck() || !IsUnfinished(work.record().status())) {
    return work.Answer(FailedPrecondition(
        "saga '{}' does not wait for this call of '{}' any more: the step is {}",
        work.record().id(), completion.step, v1::Step::Status_Name(step->status())));
  }
  Settle(work, *at,
         {.step = completion.step,
          .phase = completion.phase,
          .attempt = AttemptsOf(*step, completion.phase).total(),
          .code = completion.code,
          .message = completion.message,
          .reply = completion.reply});
}

void ContinueCall(Work& work, const Place& at, v1::Phase phase) {
  const v1::StepState* step = work.FindStep(at.path);
  const v1::StepState::Attempts& attempts = AttemptsOf(*step, phase);
  if (step->stuck() || attempts.in_flight()) return;
  if (attempts.pending() && attempts.pending_until_us() <= work.now_us()) {
    return EndPending(work, at, phase);
  }
  if (attempts.next_us() != 0 && attempts.next_us() <= work.now_us()) work.Send(at, phase);
}

void TakeOver(Work& work) {
  work.Record(v1::HistoryEntry::RECOVERED);
  std::vector<AttemptEnded> lost;
  for (const v1::StepState& step : work.record().steps()) {
    for (const v1::Phase phase : {v1::ACTION, v1::COMPENSATION}) {
      const v1::StepState::Attempts& attempts = AttemptsOf(step, phase);
      if (!attempts.in_flight()) continue;
      lost.push_back({.step = step.path(),
                      .phase = phase,
                      .attempt = attempts.total(),
                      .code = absl::StatusCode::kUnavailable,
                      .message = "the engine was restarted while the call was under way"});
    }
  }
  for (const AttemptEnded& ended : lost) TakeOutcome(work, ended);
}

}  // namespace skald::core
