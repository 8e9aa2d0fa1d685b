#include "engine/core/invariants.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/check.h"
#include "engine/core/backward.h"
#include "engine/core/transcript.h"
#include "engine/core/work.h"

namespace skald::core {
namespace {

const v1::StepState* FindStep(const v1::SagaRecord& saga, std::string_view path) {
  for (const v1::StepState& step : saga.steps()) {
    if (step.path() == path) return &step;
  }
  return nullptr;
}

// I5: whether anything in the subtree was compensated, or still has to be.
struct Undoing {
  bool begun = false;
  bool left = false;
};

Undoing UndoingOf(const Node& node, const v1::SagaRecord& saga) {
  Undoing undoing;
  ForEachNode(node, [&](const Node& inner) {
    if (inner.kind != Node::Kind::kStep) return;
    const v1::StepState* step = FindStep(saga, inner.path);
    if (step == nullptr) return;
    undoing.begun |= step->compensation().total() > 0;
    undoing.left |= NeedsCompensation(inner, *step) || step->status() == v1::Step::COMPENSATING ||
                    step->action().in_flight();
  });
  return undoing;
}

std::string BrokenOrder(const Node& node, const v1::SagaRecord& saga) {
  if (node.kind == Node::Kind::kSequence) {
    bool later_left = false;
    for (auto child = node.children.rbegin(); child != node.children.rend(); ++child) {
      const Undoing undoing = UndoingOf(*child, saga);
      if (undoing.begun && later_left) {
        return fmt::format("I5: '{}' is compensated before what came after it", child->path);
      }
      later_left |= undoing.left;
    }
  }
  for (const Node& child : node.children) {
    if (std::string broken = BrokenOrder(child, saga); !broken.empty()) return broken;
  }
  return {};
}

std::string BrokenStep(const v1::StepState& step) {
  for (const v1::Phase phase : {v1::ACTION, v1::COMPENSATION}) {
    const v1::StepState::Attempts& attempts = AttemptsOf(step, phase);
    if (attempts.round() > attempts.total()) {
      return fmt::format("step '{}': more attempts in this round than in all", step.path());
    }
    if (attempts.in_flight() && attempts.next_us() != 0) {
      return fmt::format("step '{}' is in flight and due as well", step.path());
    }
  }
  if (step.action().in_flight() && step.status() != v1::Step::RUNNING) {
    return fmt::format("step '{}' has an action in flight and is not RUNNING", step.path());
  }
  if (step.compensation().in_flight() && step.status() != v1::Step::COMPENSATING) {
    return fmt::format("step '{}' has a compensation in flight and is not COMPENSATING",
                       step.path());
  }
  return {};
}

struct Totals {
  int in_flight = 0;
  int stuck = 0;
  int compensated = 0;
  int unsettled = 0;
};

Totals Count(const v1::SagaRecord& saga) {
  Totals totals;
  for (const v1::StepState& step : saga.steps()) {
    totals.in_flight += step.action().in_flight() ? 1 : 0;
    totals.in_flight += step.compensation().in_flight() ? 1 : 0;
    totals.stuck += step.stuck() ? 1 : 0;
    totals.compensated += step.compensation().total() > 0 ? 1 : 0;
    totals.unsettled +=
        step.status() == v1::Step::RUNNING || step.status() == v1::Step::COMPENSATING ? 1 : 0;
  }
  return totals;
}

std::string BrokenStatus(const Definition& definition, const v1::SagaRecord& saga) {
  const Totals totals = Count(saga);
  switch (saga.status()) {
    case v1::Saga::RUNNING:
      if (totals.compensated > 0) return "I6: the saga is RUNNING and something was compensated";
      if (saga.has_cause()) return "the saga is RUNNING and has a cause to compensate";
      return {};
    case v1::Saga::COMPLETED:
      if (totals.compensated > 0) return "I3: COMPLETED, and something was compensated";
      if (totals.unsettled > 0 || totals.stuck > 0) return "I3: COMPLETED, and a step is open";
      return {};
    case v1::Saga::COMPENSATING:
      if (!saga.has_cause()) return "COMPENSATING without a cause";
      if (PastPivot(definition, saga)) return "section 5: COMPENSATING past the pivot";
      return {};
    case v1::Saga::COMPENSATED:
      if (totals.unsettled > 0 || totals.stuck > 0) return "I3: COMPENSATED, and a step is open";
      if (UndoingOf(definition.root, saga).left) return "I3: COMPENSATED, and a step is not undone";
      return {};
    case v1::Saga::DEAD_LETTERED:
      if (totals.stuck == 0) return "I3: DEAD_LETTERED, and no step is stuck";
      if (totals.in_flight > 0) return "DEAD_LETTERED with a call in flight";
      if (saga.dead_letters() == 0) return "I3: DEAD_LETTERED without a dead letter";
      return {};
    case v1::Saga::RESOLVED: return {};
    default: return fmt::format("status {}", static_cast<int>(saga.status()));
  }
}

std::string BrokenEffects(const Transition& transition) {
  const bool undoing = Count(transition.record).compensated > 0;
  for (const Effect& effect : transition.effects) {
    const auto* send = std::get_if<SendAttempt>(&effect);
    if (send == nullptr) continue;
    if (undoing && send->phase == v1::ACTION) {
      return fmt::format("I6: the action of '{}' is sent after a compensation", send->step);
    }
    if (transition.record.paused()) return fmt::format("'{}' is sent while paused", send->step);
  }
  return {};
}

std::string BrokenHistory(const Transition& transition) {
  int64_t number =
      transition.record.history_length() - static_cast<int64_t>(transition.history.size());
  for (const v1::HistoryEntry& entry : transition.history) {
    if (entry.number() != ++number) return fmt::format("I11: entry {} is numbered wrongly", number);
  }
  return {};
}

}  // namespace

std::string BrokenInvariant(const Definition& definition, const Transition& transition) {
  const v1::SagaRecord& saga = transition.record;
  for (const v1::StepState& step : saga.steps()) {
    if (std::string broken = BrokenStep(step); !broken.empty()) return broken;
  }
  if (std::string broken = BrokenStatus(definition, saga); !broken.empty()) return broken;
  if (saga.status() != v1::Saga::RUNNING) {
    if (std::string broken = BrokenOrder(definition.root, saga); !broken.empty()) return broken;
  }
  if (std::string broken = BrokenEffects(transition); !broken.empty()) return broken;
  return BrokenHistory(transition);
}

void CheckInvariants(const Definition& definition, const Event& event,
                     const Transition& transition) {
  std::string broken = BrokenInvariant(definition, transition);
  const v1::SagaRecord& saga = transition.record;
  if (broken.empty() && !event.hold && saga.due_us() != 0 && saga.due_us() <= saga.updated_us()) {
    broken = "what was due was left undone";
  }
  SKALD_CHECK(broken.empty(), "{} ({}): {}\n{}\n{}", transition.record.id(), Label(definition),
              broken, Transcript(event, transition), DescribeSteps(transition.record));
}

}  // namespace skald::core
