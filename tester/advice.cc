#include "tester/advice.h"

#include <fmt/format.h>

#include <vector>

#include "base/clock.h"
#include "base/text.h"
#include "engine/core/place.h"

namespace skald::internal {
namespace {

std::string Macro(std::string_view verb, std::string_view step, v1::Phase phase) {
  return fmt::format("{}{}(\"{}\")", verb, phase == v1::ACTION ? "" : "Compensation", step);
}

std::string In(const Driver& driver, int64_t at_us) {
  return absl::FormatDuration(FromMicros(at_us) - driver.now());
}

// Of a path that leads to no run of a step.
std::string NoSuchStep(const Driver& driver, std::string_view path) {
  const Definition& definition = driver.definition();
  std::vector<std::string> steps;
  ForEachNode(definition.root, [&](const Node& node) {
    if (node.kind == Node::Kind::kStep) steps.push_back(node.path);
  });
  std::string text = fmt::format("{} has no step '{}'", Label(definition), path);
  if (const std::string_view nearest = Nearest(path, steps); !nearest.empty()) {
    text += fmt::format(": did you mean '{}'?", nearest);
  }
  return text + fmt::format(" Its steps: {}.", fmt::join(steps, ", "));
}

// Of a step whose path lacks the numbers of the loops around it.
std::string WithNumbers(const Definition& definition, std::string_view path) {
  std::string numbered;
  const Node* node = &definition.root;
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view name = path.substr(begin, end - begin);
    begin = end + 1;
    for (const Node& child : node->children) {
      if (child.name != name) continue;
      numbered += (numbered.empty() ? "" : "/") + child.name;
      if (core::IsLoop(child)) numbered += "/1";
      node = &child;
      break;
    }
  }
  return numbered;
}

std::string WaitOf(const Driver& driver, const v1::StepState& step, const Node& node) {
  const std::string until =
      step.wake_us() == 0 ? "" : fmt::format(" for {} more", In(driver, step.wake_us()));
  if (node.kind == Node::Kind::kSleep) return fmt::format("'{}' sleeps{}", step.path(), until);
  // Within a loop each round waits for its own.
  const std::string& name = step.path() == node.path ? node.name : step.path();
  return fmt::format("'{}' waits{}: Signal(\"{}\", ...)", step.path(), until, name);
}

// All that the saga waits for while no call is under way.
std::vector<std::string> WaitsOf(const Driver& driver) {
  std::vector<std::string> waits;
  const v1::SagaRecord& saga = driver.record();
  if (saga.queued()) waits.push_back("it waits for its exclusive key: FreeKey()");
  if (saga.start_us() != 0 && FromMicros(saga.start_us()) > driver.now()) {
    waits.push_back(fmt::format("it begins in {}", In(driver, saga.start_us())));
  }
  for (const v1::StepState& step : saga.steps()) {
    const Node& node = *FindNode(driver.definition(), step.path());
    const bool is_wait = node.kind == Node::Kind::kAwait || node.kind == Node::Kind::kSleep;
    if (is_wait && step.status() == v1::Step::RUNNING) waits.push_back(WaitOf(driver, step, node));
    for (const v1::Phase phase : {v1::ACTION, v1::COMPENSATION}) {
      const auto& attempts = phase == v1::ACTION ? step.action() : step.compensation();
      const std::string name = NameOf(step.path(), phase);
      if (attempts.pending()) waits.push_back(name + " is pending");
      if (attempts.next_us() != 0) {
        waits.push_back(
            fmt::format("{} is tried again in {}", name, In(driver, attempts.next_us())));
      }
    }
  }
  return waits;
}

// Of a step that was reached.
std::string WhyNotNow(const Driver& driver, const v1::StepState& step, v1::Phase phase) {
  const auto& attempts = phase == v1::ACTION ? step.action() : step.compensation();
  const auto& others = phase == v1::ACTION ? step.compensation() : step.action();
  const v1::Phase other = phase == v1::ACTION ? v1::COMPENSATION : v1::ACTION;
  const std::string name = NameOf(step.path(), phase);
  if (attempts.pending()) {
    return fmt::format("{} is pending: {}.", name, Macro("ExpectPending", step.path(), phase));
  }
  if (attempts.next_us() != 0) {
    return fmt::format("{} is tried again in {}: AdvanceToNext(), or Advance(...) so far.", name,
                       In(driver, attempts.next_us()));
  }
  if (others.in_flight()) {
    return fmt::format("{} is called now: {}.", NameOf(step.path(), other),
                       Macro("Expect", step.path(), other));
  }
  return fmt::format("'{}' is {}.", step.path(), v1::Step::Status_Name(step.status()));
}

}  // namespace

const v1::StepState* FindStep(const v1::SagaRecord& record, std::string_view path) {
  for (const v1::StepState& step : record.steps()) {
    if (step.path() == path) return &step;
  }
  return nullptr;
}

std::string Because(const v1::Cause& cause) {
  if (cause.kind() == v1::Cause::KIND_UNSPECIFIED) return "nothing";
  std::string text = v1::Cause::Kind_Name(cause.kind());
  if (!cause.step().empty()) text += fmt::format(" at '{}'", cause.step());
  if (!cause.message().empty()) text += fmt::format(" \"{}\"", cause.message());
  return text;
}

std::string Situation(const Driver& driver) {
  if (!driver.started()) return "The saga has not been started: Start(...).";
  std::vector<std::string> calls;
  for (const Driver::CallUnderWay& open : driver.calls()) {
    calls.push_back(
        fmt::format("{} ({})", NameOf(open.call.step, open.call.phase), open.call.method));
  }
  if (!calls.empty()) return fmt::format("Under way: {}.", fmt::join(calls, ", "));
  const v1::SagaRecord& saga = driver.record();
  const std::string status = v1::Saga::Status_Name(saga.status());
  switch (saga.status()) {
    case v1::Saga::RUNNING:
    case v1::Saga::COMPENSATING: {
      const std::vector<std::string> waits = WaitsOf(driver);
      return fmt::format("No call is under way, the saga is {}: {}.", status,
                         fmt::join(waits, "; "));
    }
    case v1::Saga::COMPENSATED:
      return fmt::format("The saga is COMPENSATED, because of {}.", Because(saga.cause()));
    case v1::Saga::DEAD_LETTERED:
      return fmt::format("The saga is parked, because of {}: Retry(), Skip(...) or Resolve(...).",
                         Because(driver.dead_letter()->cause()));
    default: return fmt::format("The saga is {}.", status);
  }
}

std::string WhyNotCalled(const Driver& driver, std::string_view step, v1::Phase phase) {
  const Node* const node = FindNode(driver.definition(), step);
  if (node == nullptr || step.empty()) return NoSuchStep(driver, step);
  if (node->kind != Node::Kind::kStep) {
    return fmt::format("'{}' is no step: only steps are called. ", step) + Situation(driver);
  }
  if (CallOf(driver.definition(), step, phase) == nullptr) {
    return fmt::format("'{}' has no {}.", step, phase == v1::ACTION ? "call" : "compensation");
  }
  if (!core::PlaceOf(driver.definition(), step)) {
    return fmt::format(
        "'{}' is in a loop: say which element or round is meant, from 1, as in '{}'. {}", step,
        WithNumbers(driver.definition(), step), Situation(driver));
  }
  const v1::StepState* const reached = FindStep(driver.record(), step);
  const std::string why =
      reached == nullptr ? "The saga has not come to it." : WhyNotNow(driver, *reached, phase);
  return why + " " + Situation(driver);
}

}  // namespace skald::internal
