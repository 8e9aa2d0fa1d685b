#include "engine/core/transcript.h"

#include <fmt/core.h>

#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"

namespace skald::core {
namespace {

std::string_view PhaseName(v1::Phase phase) {
  return phase == v1::COMPENSATION ? "compensation" : "action";
}

std::string Quoted(const std::string& text) { return text.empty() ? "" : " \"" + text + "\""; }

std::string OutcomeName(const v1::HistoryEntry& entry) {
  constexpr std::string_view kPrefix = "OUTCOME_";
  return v1::HistoryEntry::Outcome_Name(entry.outcome()).substr(kPrefix.size());
}

// From the entry's time to what it announces.
std::string WaitOf(const v1::HistoryEntry& entry) {
  const auto micros = [](const google::protobuf::Timestamp& time) {
    return time.seconds() * 1'000'000 + time.nanos() / 1'000;
  };
  return absl::FormatDuration(
      absl::Microseconds(micros(entry.next_attempt_time()) - micros(entry.time())));
}

std::string DescribeEnd(const v1::HistoryEntry& entry) {
  std::string text =
      fmt::format("{}/{} {} {}{}", entry.step(), PhaseName(entry.phase()), entry.attempt(),
                  entry.verb().empty() ? "" : "completed: ", OutcomeName(entry));
  if (entry.code() != 0) {
    text += fmt::format(" {}", CodeName(static_cast<absl::StatusCode>(entry.code())));
  }
  text += Quoted(entry.message());
  if (entry.has_next_attempt_time()) text += ", again in " + WaitOf(entry);
  return text;
}

struct DescribeEvent {
  std::string operator()(const Start& start) const {
    return fmt::format("start {}", start.saga_id);
  }
  std::string operator()(const AttemptEnded& ended) const {
    return fmt::format("reply {}/{} {} {}", ended.step, PhaseName(ended.phase), ended.attempt,
                       CodeName(ended.code));
  }
  std::string operator()(const Completion& completion) const {
    return fmt::format("complete {}/{} {}", completion.step, PhaseName(completion.phase),
                       CodeName(completion.code));
  }
  std::string operator()(const Signal& signal) const {
    return fmt::format("signal {} {}", signal.name, signal.id);
  }
  std::string operator()(const TimerFired&) const { return "timer"; }
  std::string operator()(const Recovered&) const { return "recovered"; }
  std::string operator()(const Order& order) const { return std::string(VerbName(order.verb)); }
};

}  // namespace

std::string DescribeEntry(const v1::HistoryEntry& entry) {
  switch (entry.kind()) {
    case v1::HistoryEntry::CHOSEN:
      return fmt::format("{} took {}", entry.step(), entry.arm().empty() ? "no arm" : entry.arm());
    case v1::HistoryEntry::ATTEMPT_SENT:
      return fmt::format("{}/{} {} sent", entry.step(), PhaseName(entry.phase()), entry.attempt());
    case v1::HistoryEntry::ATTEMPT_ENDED: return DescribeEnd(entry);
    case v1::HistoryEntry::COMPENSATION_STARTED:
      return fmt::format("turned back: {}{}{}{}", v1::Cause::Kind_Name(entry.cause()),
                         entry.step().empty() ? "" : " at ", entry.step(), Quoted(entry.message()));
    case v1::HistoryEntry::STUCK:
    case v1::HistoryEntry::PARKED:
      return fmt::format("{}: {}/{} {}{}",
                         entry.kind() == v1::HistoryEntry::STUCK ? "stuck" : "parked", entry.step(),
                         PhaseName(entry.phase()), v1::Cause::Kind_Name(entry.cause()),
                         Quoted(entry.message()));
    case v1::HistoryEntry::ORDERED:
      return fmt::format("{} ordered by {}{}", entry.verb(), entry.actor(),
                         Quoted(entry.message()));
    case v1::HistoryEntry::STARTED:
      return entry.has_next_attempt_time() ? "STARTED, begins in " + WaitOf(entry) : "STARTED";
    case v1::HistoryEntry::LOOPED: return fmt::format("{} loops {}", entry.step(), entry.count());
    case v1::HistoryEntry::WAITING:
      return fmt::format("{} waits{}", entry.step(),
                         entry.has_next_attempt_time() ? " " + WaitOf(entry) : "");
    case v1::HistoryEntry::WAIT_ENDED:
      return fmt::format("{} waited{}{}", entry.step(), entry.timed_out() ? " in vain" : "",
                         Quoted(entry.message()));
    case v1::HistoryEntry::SIGNALLED:
      return fmt::format("signal {} {}{}", entry.step(), entry.message(),
                         entry.actor().empty() ? "" : " from " + entry.actor());
    case v1::HistoryEntry::CHILD_STARTED:
      return fmt::format("{} begins as {}", entry.step(), entry.message());
    case v1::HistoryEntry::CHILD_COMPLETED: return fmt::format("{} completed", entry.step());
    case v1::HistoryEntry::REFUSED: return fmt::format("{} refused", entry.verb());
    case v1::HistoryEntry::DEADLINE_PASSED: return "deadline passed, too late to turn back";
    default: return v1::HistoryEntry::Kind_Name(entry.kind());
  }
}

std::string Transcript(const Event& event, const Transition& transition) {
  std::string text = std::visit(DescribeEvent{}, event.what);
  const v1::SagaRecord& saga = transition.record;
  if (transition.changed) {
    text += fmt::format(" => r{} {}{}", saga.revision(), v1::Saga::Status_Name(saga.status()),
                        saga.paused() ? " (paused)" : "");
    std::string_view separator = ": ";
    for (const v1::HistoryEntry& entry : transition.history) {
      text += separator;
      text += DescribeEntry(entry);
      separator = "; ";
    }
  } else {
    text += " => nothing";
  }
  if (!transition.answer.ok()) {
    text +=
        fmt::format(" [{}: {}]", CodeName(transition.answer.code()), Message(transition.answer));
  }
  return text;
}

std::string DescribeSteps(const v1::SagaRecord& record) {
  std::string text;
  for (const v1::StepState& step : record.steps()) {
    text += fmt::format("{} {}", step.path(), v1::Step::Status_Name(step.status()));
    if (!step.arm().empty()) text += " " + step.arm();
    if (step.action().total() > 0) text += fmt::format(" action {}", step.action().total());
    if (step.compensation().total() > 0) {
      text += fmt::format(" compensation {}", step.compensation().total());
    }
    if (step.count() > 0) text += fmt::format(" elements {}", step.count());
    if (step.round() > 0) text += fmt::format(" round {}", step.round());
    if (step.action().pending() || step.compensation().pending()) text += " pending";
    if (step.stuck()) text += " stuck";
    text += "\n";
  }
  return text;
}

}  // namespace skald::core
