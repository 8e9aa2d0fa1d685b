#include "admin/skaldctl/explain.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "admin/skaldctl/sentences.h"
#include "admin/skaldctl/text.h"

namespace skald::ctl {
namespace {

std::string Ago(const google::protobuf::Timestamp& time, absl::Time now) {
  return ShortDuration(now - ToTime(time)) + " ago";
}

bool IsUnderWay(const v1::Step& step) {
  return step.status() == v1::Step::RUNNING || step.status() == v1::Step::COMPENSATING;
}

std::string PhaseOf(const v1::Step& step) {
  return step.status() == v1::Step::COMPENSATING ? "compensation" : "action";
}

// " (UNAVAILABLE: connection refused)", or nothing.
std::string InBrackets(const std::string& words) {
  return words.empty() ? "" : fmt::format(" ({})", words);
}

std::string Because(const v1::Saga& saga) {
  return saga.has_cause() ? fmt::format(", because of {}", CauseText(saga.cause())) : "";
}

// What one step under way waits for: " waits ...".
std::string StepWaits(const v1::Step& step, absl::Time now) {
  const bool compensates = step.status() == v1::Step::COMPENSATING;
  const int attempts = compensates ? step.compensation_attempts() : step.action_attempts();
  const std::string last = InBrackets(CodeAndWords(step.last_code(), step.last_message()));
  // Of an attempt under way only the one before can have failed.
  const int failed = step.has_next_attempt_time() ? attempts : attempts - 1;
  const std::string after =
      failed <= 0 || last.empty() ? "" : fmt::format(", after attempt {} failed{}", failed, last);
  if (!step.has_next_attempt_time()) {
    if (attempts == 0) {
      return fmt::format("is about to send the {} of {}", PhaseOf(step), step.path());
    }
    return fmt::format("waits for the reply to attempt {} of the {} of {}{}", attempts,
                       PhaseOf(step), step.path(), after);
  }
  const absl::Duration left = ToTime(step.next_attempt_time()) - now;
  const std::string next =
      fmt::format("attempt {} of the {} of {}", attempts + 1, PhaseOf(step), step.path());
  if (left > absl::ZeroDuration()) {
    return fmt::format("waits {} before {}{}", ShortDuration(left), next, after);
  }
  return fmt::format(
      "has had {} due for {}{}; its participant is being held back, or the server is "
      "busy or down",
      next, ShortDuration(-left), after);
}

std::string Parked(const v1::Saga& saga, const std::optional<v1::DeadLetter>& letter,
                   absl::Time now) {
  const std::string id = saga.dead_letter_id().empty() ? saga.id() : saga.dead_letter_id();
  std::string why;
  if (letter && letter->attempts() == 0) {
    // No call of it was sent: a wait, a loop, or a function of the definition.
    why = fmt::format(": {} cannot go on: {}{}, {}", letter->step(),
                      v1::Cause::Kind_Name(letter->cause().kind()),
                      InBrackets(CodeAndWords(letter->cause().code(), letter->cause().message())),
                      Ago(letter->create_time(), now));
  } else if (letter) {
    why = fmt::format(": the {} of {} ended with {} after {} attempt{}{}, {}",
                      letter->phase() == v1::COMPENSATION ? "compensation" : "action",
                      letter->step(), v1::Cause::Kind_Name(letter->cause().kind()),
                      letter->attempts(), letter->attempts() == 1 ? "" : "s",
                      InBrackets(CodeAndWords(letter->cause().code(), letter->cause().message())),
                      Ago(letter->create_time(), now));
  } else {
    for (const v1::Step& step : saga.steps()) {
      if (!step.stuck()) continue;
      why = fmt::format(": {} cannot go on{}", step.path(),
                        InBrackets(CodeAndWords(step.last_code(), step.last_message())));
    }
  }
  return fmt::format(
      "{} is parked{}; it waits for an operator: repair the cause, then `skaldctl "
      "dead-letter retry {}` (or skip, or resolve).",
      saga.id(), why, id);
}

// Loops and children are under way because what is in them is.
bool IsLeaf(const v1::Step& step) {
  return step.kind() != v1::Step::FOR_EACH && step.kind() != v1::Step::REPEAT &&
         step.kind() != v1::Step::CHILD && step.kind() != v1::Step::CHOOSE;
}

// When the step moves next by itself; InfiniteFuture: nobody knows.
absl::Time MovesAt(const v1::Step& step) {
  if (step.has_next_attempt_time()) return ToTime(step.next_attempt_time());
  if (step.has_pending_until()) return ToTime(step.pending_until());
  if (step.has_wake_time()) return ToTime(step.wake_time());
  return absl::InfiniteFuture();
}

// A call under way answers before any hour strikes.
bool MovesBefore(const v1::Step& a, const v1::Step& b) {
  const auto waits_for_reply = [](const v1::Step& step) {
    return MovesAt(step) == absl::InfiniteFuture() && step.kind() != v1::Step::AWAIT &&
           step.kind() != v1::Step::SLEEP;
  };
  if (waits_for_reply(a) != waits_for_reply(b)) return waits_for_reply(a);
  return MovesAt(a) < MovesAt(b);
}

// "", ", and 1 other step", ", and 3 other steps".
std::string AndOthers(int others) {
  return others > 0 ? fmt::format(", and {} other step{}", others, others == 1 ? "" : "s") : "";
}

// What the saga's steps do; the one that moves next stands for the others.
std::string StepsDo(const v1::Saga& saga, absl::Time now) {
  const v1::Step* next = nullptr;
  int others = -1;
  for (const v1::Step& step : saga.steps()) {
    if (!IsUnderWay(step) || !IsLeaf(step)) continue;
    ++others;
    if (next == nullptr || MovesBefore(step, *next)) next = &step;
  }
  if (next == nullptr) {
    return fmt::format("is {} and between two steps: the server is about to go on",
                       saga.status() == v1::Saga::COMPENSATING ? "compensating" : "running");
  }
  const std::string waits = Waits(*next, now);
  std::string text = (waits.empty() ? StepWaits(*next, now) : waits) + AndOthers(others);
  for (const v1::Step& step : saga.steps()) {
    if (const std::string progress = Progress(saga, step); !progress.empty()) {
      text += "; " + progress;
    }
  }
  return text;
}

std::string UnderWay(const v1::Saga& saga, absl::Time now) {
  const std::string not_begun = NotBegun(saga, now);
  std::string text =
      fmt::format("{} {}", saga.id(), not_begun.empty() ? StepsDo(saga, now) : not_begun);
  if (saga.status() == v1::Saga::COMPENSATING) {
    text += fmt::format("; it compensates{}", Because(saga));
  } else if (saga.has_deadline() && ToTime(saga.deadline()) > now) {
    text += fmt::format("; its deadline is in {}", ShortDuration(ToTime(saga.deadline()) - now));
  }
  return text + ".";
}

std::string Paused(const v1::Saga& saga) {
  for (const v1::Step& step : saga.steps()) {
    const bool in_flight = IsUnderWay(step) && !step.has_next_attempt_time() &&
                           !step.has_pending_until() && step.action_attempts() > 0;
    if (!in_flight) continue;
    return fmt::format(
        "{} is paused while {}: the reply of {} is still taken, but nothing is sent "
        "before `skaldctl saga resume {}`.",
        saga.id(), v1::Saga::Status_Name(saga.status()), step.path(), saga.id());
  }
  return fmt::format("{} is paused while {}: nothing is sent before `skaldctl saga resume {}`.",
                     saga.id(), v1::Saga::Status_Name(saga.status()), saga.id());
}

}  // namespace

std::string Explain(const v1::Saga& saga, const std::optional<v1::DeadLetter>& letter,
                    absl::Time now) {
  const auto ended = [&](std::string_view how) {
    const std::string when = saga.has_finish_time() ? " " + Ago(saga.finish_time(), now) : "";
    return fmt::format("{} waits for nothing: it {}{}{}.", saga.id(), how, when, Because(saga));
  };
  switch (saga.status()) {
    case v1::Saga::COMPLETED: return ended("completed");
    case v1::Saga::COMPENSATED: return ended("was compensated");
    case v1::Saga::RESOLVED: return ended("was resolved by an operator");
    case v1::Saga::DEAD_LETTERED: return Parked(saga, letter, now);
    default: return saga.paused() ? Paused(saga) : UnderWay(saga, now);
  }
}

}  // namespace skald::ctl
