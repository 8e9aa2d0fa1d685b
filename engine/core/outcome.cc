#include "engine/core/outcome.h"

#include <string>
#include <utility>
#include <vector>

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

Judged Judge(const Work& work, const Call& call, const AttemptEnded& ended) {
  Judged judged{.outcome = OutcomeOf(ended.code), .code = ended.code, .message = ended.message};
  if (judged.outcome != Outcome::OUTCOME_SUCCEEDED) return judged;
  absl::StatusOr<std::string> state =
      call.keep_response({.state = work.record().state()}, ended.reply);
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

v1::Cause CauseOf(v1::Cause::Kind kind, const Node& node, const v1::StepState::Attempts& attempts) {
  v1::Cause cause;
  cause.set_kind(kind);
  cause.set_step(node.path);
  cause.set_code(attempts.last_code());
  cause.set_message(attempts.last_message());
  return cause;
}

void RecordEnd(Work& work, const AttemptEnded& ended, const Judged& judged,
               const v1::StepState::Attempts& attempts) {
  v1::HistoryEntry& entry = work.Record(v1::HistoryEntry::ATTEMPT_ENDED);
  entry.set_step(ended.step);
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
bool Reschedule(Work& work, const Node& node, v1::Phase phase, v1::StepState::Attempts& attempts,
                absl::Duration pushback) {
  const RetryPolicy& policy = phase == v1::ACTION ? node.action_retry : node.compensation_retry;
  const auto next = NextAttempt(policy, IdempotencyKey(work.record().id(), node.path, phase),
                                attempts, work.now(), pushback);
  if (next) attempts.set_next_us(ToMicros(*next));
  return next.has_value();
}

// What a refusal proves. A participant that answers a repeated key with its first reply can only
// say no if it said no (or nothing) before. But these codes may come from what stands before it, a
// proxy or an interceptor, and say nothing of an earlier attempt (docs/adr/0001-core.md).
v1::Step::Status AfterRefusal(absl::StatusCode code, const v1::StepState::Attempts& attempts) {
  const bool from_before_the_participant = code == absl::StatusCode::kUnauthenticated ||
                                           code == absl::StatusCode::kPermissionDenied ||
                                           code == absl::StatusCode::kUnimplemented;
  return from_before_the_participant && attempts.total() > 1 ? v1::Step::UNCERTAIN
                                                             : v1::Step::REJECTED;
}

// The action did not succeed and will not be tried again.
void GiveUp(Work& work, const Node& node, v1::Step::Status status, v1::Cause::Kind kind) {
  v1::StepState& step = work.MutableStep(node.path);
  step.set_status(status);
  // A pivot that was clearly refused did not happen: the way back is still open.
  const bool point_of_no_return = node.retriable && !(node.pivot && status == v1::Step::REJECTED);
  const v1::Cause cause = CauseOf(kind, node, step.action());
  if (point_of_no_return) {
    work.Stick(node.path, kind, static_cast<absl::StatusCode>(cause.code()), cause.message());
  } else {
    work.TurnBack(cause);
  }
}

void SettleAction(Work& work, const Node& node, const AttemptEnded& ended, const Judged& judged) {
  v1::StepState& step = work.MutableStep(node.path);
  const bool forward = work.record().status() == v1::Saga::RUNNING;
  switch (judged.outcome) {
    case Outcome::OUTCOME_SUCCEEDED:
      step.set_status(v1::Step::SUCCEEDED);
      RecordEnd(work, ended, judged, step.action());
      return;
    case Outcome::OUTCOME_REJECTED: {
      RecordEnd(work, ended, judged, step.action());
      const v1::Step::Status status = AfterRefusal(judged.code, step.action());
      if (forward) {
        GiveUp(work, node, status, v1::Cause::REJECTED);
      } else {
        step.set_status(status);
      }
      return;
    }
    default: break;
  }
  // The saga turned back meanwhile: no more attempts, the uncertain step is compensated.
  if (!forward) {
    step.set_status(v1::Step::UNCERTAIN);
    RecordEnd(work, ended, judged, step.action());
    return;
  }
  if (judged.unusable != v1::Cause::KIND_UNSPECIFIED) {
    step.set_status(v1::Step::UNCERTAIN);
    RecordEnd(work, ended, judged, step.action());
    work.Stick(node.path, judged.unusable, judged.code, judged.message);
    return;
  }
  const bool again = Reschedule(work, node, v1::ACTION, *step.mutable_action(), ended.pushback);
  RecordEnd(work, ended, judged, step.action());
  if (!again) GiveUp(work, node, v1::Step::UNCERTAIN, v1::Cause::EXHAUSTED);
}

void SettleCompensation(Work& work, const Node& node, const AttemptEnded& ended,
                        const Judged& judged) {
  v1::StepState& step = work.MutableStep(node.path);
  v1::StepState::Attempts& attempts = *step.mutable_compensation();
  v1::Cause::Kind stuck = judged.unusable;
  switch (judged.outcome) {
    case Outcome::OUTCOME_SUCCEEDED: step.set_status(v1::Step::COMPENSATED); break;
    case Outcome::OUTCOME_REJECTED: stuck = v1::Cause::REJECTED; break;
    default:
      if (stuck == v1::Cause::KIND_UNSPECIFIED &&
          !Reschedule(work, node, v1::COMPENSATION, attempts, ended.pushback)) {
        stuck = v1::Cause::EXHAUSTED;
      }
  }
  RecordEnd(work, ended, judged, attempts);
  if (stuck != v1::Cause::KIND_UNSPECIFIED) {
    work.Stick(node.path, stuck, judged.code, judged.message);
  }
}

}  // namespace

void TakeOutcome(Work& work, const AttemptEnded& ended) {
  const v1::StepState* known = work.FindStep(ended.step);
  const Node* node = FindNode(work.definition(), ended.step);
  if (known == nullptr || node == nullptr || node->kind != Node::Kind::kStep) return;
  const v1::StepState::Attempts& expected = AttemptsOf(*known, ended.phase);
  if (!expected.in_flight() || expected.total() != ended.attempt) return;

  const Call& call = ended.phase == v1::ACTION ? *node->action : *node->compensation;
  Judged judged = Judge(work, call, ended);
  v1::StepState& step = work.MutableStep(ended.step);
  v1::StepState::Attempts& attempts = AttemptsOf(step, ended.phase);
  attempts.set_in_flight(false);
  if (judged.outcome == Outcome::OUTCOME_SUCCEEDED) {
    work.record().set_state(std::move(judged.state));
    attempts.clear_last_code();
    attempts.clear_last_message();
  } else {
    attempts.set_last_code(static_cast<int>(judged.code));
    attempts.set_last_message(CleanText(judged.message, work.limits().kept_message));
  }
  if (ended.phase == v1::ACTION) {
    SettleAction(work, *node, ended, judged);
  } else {
    SettleCompensation(work, *node, ended, judged);
  }
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
