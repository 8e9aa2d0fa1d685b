#include "engine/core/orders.h"

#include <string>

#include "base/check.h"
#include "base/status.h"
#include "base/text.h"
#include "engine/core/dead_letter.h"

namespace skald::core {
namespace {

std::string StatusName(const Work& work) { return v1::Saga::Status_Name(work.record().status()); }

// History and audit say who gave the order, and why.
void Note(Work& work, const Order& order, v1::HistoryEntry::Kind kind) {
  v1::HistoryEntry& entry = work.Record(kind);
  entry.set_verb(std::string(VerbName(order.verb)));
  entry.set_actor(CleanText(order.actor, work.limits().kept_message));
  entry.set_message(CleanText(order.reason, work.limits().kept_message));
  work.SetAudit(order);
}

// The order is being carried out.
void Accept(Work& work, const Order& order) { Note(work, order, v1::HistoryEntry::ORDERED); }

void Cancel(Work& work, const Order& order) {
  const v1::SagaRecord& saga = work.record();
  const bool goes_back =
      saga.status() == v1::Saga::COMPENSATING || saga.status() == v1::Saga::COMPENSATED;
  if (goes_back && saga.cause().kind() == v1::Cause::CANCELLED) return;
  // It goes back already, for another cause. The order is fulfilled, and the audit says who gave
  // it.
  if (saga.status() == v1::Saga::COMPENSATING) return Accept(work, order);
  if (saga.status() == v1::Saga::DEAD_LETTERED) {
    return work.Answer(FailedPrecondition(
        "saga '{}' is parked in dead letter '{}/{}': retry, skip or resolve that instead",
        saga.id(), saga.id(), saga.dead_letters()));
  }
  if (saga.status() != v1::Saga::RUNNING) {
    return work.Answer(
        FailedPrecondition("saga '{}' has ended: it is {}", saga.id(), StatusName(work)));
  }
  if (PastPivot(work.definition(), saga)) {
    const absl::Status refusal = FailedPrecondition(
        "saga '{}' is past its point of no return: it can only go forward now", saga.id());
    if (saga.history_length() < work.limits().history) {
      Note(work, order, v1::HistoryEntry::REFUSED);
    }
    return work.Answer(refusal);
  }
  Accept(work, order);
  v1::Cause cause;
  cause.set_kind(v1::Cause::CANCELLED);
  cause.set_message(CleanText(order.reason, work.limits().kept_message));
  work.TurnBack(std::move(cause));
}

void PauseOrResume(Work& work, const Order& order) {
  const bool pause = order.verb == Order::Verb::kPause;
  if (!IsUnfinished(work.record().status())) {
    return work.Answer(FailedPrecondition("saga '{}' is {}: there is nothing to {}",
                                          work.record().id(), StatusName(work),
                                          VerbName(order.verb)));
  }
  if (work.record().paused() == pause) return;
  Accept(work, order);
  work.record().set_paused(pause);
}

// True if the order is for the open dead letter. Else it has been answered.
bool NamesOpenDeadLetter(Work& work, const Order& order) {
  const v1::SagaRecord& saga = work.record();
  if (saga.dead_letters() == 0 || order.dead_letter > saga.dead_letters()) {
    work.Answer(FailedPrecondition(
        "saga '{}' is {} and has no dead letter{}", saga.id(), StatusName(work),
        order.dead_letter == 0 ? std::string()
                               : fmt::format(" with number {}", order.dead_letter)));
    return false;
  }
  const bool newest = order.dead_letter == 0 || order.dead_letter == saga.dead_letters();
  if (newest && saga.status() == v1::Saga::DEAD_LETTERED) return true;
  if (newest && saga.dead_letter_closed_by() == VerbName(order.verb)) return false;
  work.Answer(FailedPrecondition(
      "dead letter '{}/{}' is closed{}; saga '{}' is {}", saga.id(),
      order.dead_letter == 0 ? saga.dead_letters() : order.dead_letter,
      newest ? fmt::format(" by {}", saga.dead_letter_closed_by()) : std::string(), saga.id(),
      StatusName(work)));
  return false;
}

void CloseDeadLetter(Work& work, const Order& order) {
  v1::SagaRecord& saga = work.record();
  v1::DeadLetterRecord row = DeadLetterOf(saga);
  row.set_closed_us(work.now_us());
  row.set_closed_by(std::string(VerbName(order.verb)));
  row.set_close_actor(CleanText(order.actor, work.limits().kept_message));
  row.set_close_reason(CleanText(order.reason, work.limits().kept_message));
  work.SetDeadLetter(std::move(row));
  saga.set_dead_letter_closed_by(std::string(VerbName(order.verb)));
}

// What is not a call begins again, or asks its function again.
void RetryNode(v1::StepState& step, const Node& node) {
  switch (node.kind) {
    case Node::Kind::kRepeat:
      // It ran out of rounds: a fresh budget.
      if (step.round() >= step.rounds_allowed()) {
        step.set_rounds_allowed(step.rounds_allowed() + node.repeat->most);
      }
      return;
    // Its body is done; only what it came to could not be kept.
    case Node::Kind::kChild:
      if (step.status() == v1::Step::RUNNING) return;
      break;
    default: break;
  }
  step.set_status(v1::Step::PENDING);
  step.set_wake_us(0);
}

void RetryStep(Work& work, v1::StepState& step) {
  step.set_stuck(false);
  step.clear_stuck_cause();
  const Node& node = *FindNode(work.definition(), step.path());
  if (node.kind != Node::Kind::kStep) return RetryNode(step, node);
  const v1::Phase phase = StuckPhase(step);
  if (phase == v1::ACTION) step.set_status(v1::Step::RUNNING);
  v1::StepState::Attempts& attempts = AttemptsOf(step, phase);
  attempts.set_round(0);
  attempts.set_round_started_us(0);
  attempts.set_next_us(work.now_us());
  // Made anew, of the state as it is now: it may have been mended.
  attempts.clear_request();
}

void SkipStep(v1::StepState& step) {
  step.set_skipped(StuckPhase(step));
  step.set_status(v1::Step::SKIPPED);
  step.set_wake_us(0);
  step.set_stuck(false);
  step.clear_stuck_cause();
}

// Why an operator cannot have done this by hand; empty: he can.
std::string_view WhyNotSkipped(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kChoose: return "the choice";
    case Node::Kind::kForEach: return "the start of the for-each";
    case Node::Kind::kChild: return "the state of the child";
    default: return {};
  }
}

// INVALID_ARGUMENT, FAILED_PRECONDITION: the open dead letter cannot be dealt with so.
absl::Status CheckDeadLetterOrder(const Work& work, const Order& order) {
  if (order.verb != Order::Verb::kRetry && order.reason.empty()) {
    return InvalidArgument(
        "{} needs a reason: it overrules what the saga knows, and the audit must say why",
        VerbName(order.verb));
  }
  if (order.verb != Order::Verb::kSkip) return absl::OkStatus();
  for (const v1::StepState& step : work.record().steps()) {
    if (!step.stuck()) continue;
    const std::string_view what = WhyNotSkipped(*FindNode(work.definition(), step.path()));
    if (what.empty()) continue;
    return FailedPrecondition(
        "saga '{}' is stuck at {} '{}', which cannot be done by hand: retry or resolve it",
        work.record().id(), what, step.path());
  }
  return absl::OkStatus();
}

void TakeDeadLetterOrder(Work& work, const Order& order) {
  if (!NamesOpenDeadLetter(work, order)) return;
  if (absl::Status refusal = CheckDeadLetterOrder(work, order); !refusal.ok()) {
    return work.Answer(std::move(refusal));
  }
  Accept(work, order);
  CloseDeadLetter(work, order);
  if (order.verb == Order::Verb::kResolve) {
    return work.End(v1::Saga::RESOLVED, v1::HistoryEntry::RESOLVED);
  }
  work.record().set_status(work.record().has_cause() ? v1::Saga::COMPENSATING : v1::Saga::RUNNING);
  for (const v1::StepState& step : work.record().steps()) {
    if (!step.stuck()) continue;
    v1::StepState& stuck = work.MutableStep(step.path());
    if (order.verb == Order::Verb::kRetry) {
      RetryStep(work, stuck);
    } else {
      SkipStep(stuck);
    }
  }
}

}  // namespace

void TakeOrder(Work& work, const Order& order) {
  switch (order.verb) {
    case Order::Verb::kCancel: return Cancel(work, order);
    case Order::Verb::kPause:
    case Order::Verb::kResume: return PauseOrResume(work, order);
    case Order::Verb::kRetry:
    case Order::Verb::kSkip:
    case Order::Verb::kResolve: return TakeDeadLetterOrder(work, order);
  }
  SKALD_CHECK(false, "order verb {}", static_cast<int>(order.verb));
}

std::string_view VerbName(Order::Verb verb) {
  switch (verb) {
    case Order::Verb::kCancel: return "cancel";
    case Order::Verb::kPause: return "pause";
    case Order::Verb::kResume: return "resume";
    case Order::Verb::kRetry: return "dead-letter.retry";
    case Order::Verb::kSkip: return "dead-letter.skip";
    case Order::Verb::kResolve: return "dead-letter.resolve";
  }
  return "unknown";
}

}  // namespace skald::core
