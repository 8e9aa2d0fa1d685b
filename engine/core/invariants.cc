#include "engine/core/invariants.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/check.h"
#include "engine/core/backward.h"
#include "engine/core/lifecycle.h"
#include "engine/core/place.h"
#include "engine/core/schedule.h"
#include "engine/core/step_index.h"
#include "engine/core/transcript.h"
#include "engine/core/work.h"

namespace skald::core {
namespace {

// I5: whether anything in a part of the tree was compensated, or still has to be.
struct Undoing {
  bool begun = false;
  bool left = false;
};

// One walk over all that a saga has reached: `left` of the whole, and the first break of order.
class UndoingWalk final {
 public:
  UndoingWalk(const Definition& definition, const v1::SagaRecord& saga)
      : index_(saga), saga_(saga), whole_(Visit(RootOf(definition))) {}

  const Undoing& whole() const { return whole_; }
  const std::string& broken() const { return broken_; }

 private:
  const v1::StepState* Find(const Place& at) const {
    const int index = index_.Find(at.path);
    return index < 0 ? nullptr : &saga_.steps(index);
  }

  Undoing Visit(const Place& at) {
    switch (at.node->kind) {
      case Node::Kind::kStep: return VisitStep(at);
      case Node::Kind::kSequence:
      case Node::Kind::kChild: return VisitInOrder(at, {0});
      case Node::Kind::kRepeat: return VisitInOrder(at, Numbers(Find(at), /*of_elements=*/false));
      case Node::Kind::kForEach:
        if (at.node->for_each->concurrency == 1) return VisitInOrder(at, Numbers(Find(at), true));
        return VisitElements(at);
      default: return VisitBesides(at);
    }
  }

  // The last first.
  static std::vector<int> Numbers(const v1::StepState* loop, bool of_elements) {
    std::vector<int> numbers;
    const int last = loop == nullptr ? 0 : of_elements ? loop->begun() : loop->round();
    for (int number = last; number >= 1; --number) numbers.push_back(number);
    return numbers;
  }

  Undoing VisitStep(const Place& at) const {
    const v1::StepState* step = Find(at);
    if (step == nullptr) return {};
    return {.begun = step->compensation().total() > 0,
            .left = NeedsCompensation(*at.node, *step) ||
                    step->status() == v1::Step::COMPENSATING || step->action().in_flight()};
  }

  // Rounds, or elements, and in each its children: what comes later has to be undone first.
  Undoing VisitInOrder(const Place& at, const std::vector<int>& numbers) {
    Undoing all;
    for (const int number : numbers) {
      const std::vector<Node>& children = at.node->children;
      for (auto child = children.rbegin(); child != children.rend(); ++child) {
        const Place inner = Under(at, *child, number);
        const Undoing undoing = Visit(inner);
        if (undoing.begun && all.left && broken_.empty()) {
          broken_ = fmt::format("I5: '{}' is compensated before what came after it", inner.path);
        }
        all.begun |= undoing.begun;
        all.left |= undoing.left;
      }
    }
    return all;
  }

  Undoing VisitElements(const Place& at) {
    Undoing all;
    for (const int number : Numbers(Find(at), true)) Join(all, VisitInOrder(at, {number}));
    return all;
  }

  // Branches, and arms, of which one was taken.
  Undoing VisitBesides(const Place& at) {
    Undoing all;
    for (const Node& child : at.node->children) Join(all, Visit(Under(at, child)));
    return all;
  }

  static void Join(Undoing& all, const Undoing& undoing) {
    all.begun |= undoing.begun;
    all.left |= undoing.left;
  }

  const StepIndex index_;
  const v1::SagaRecord& saga_;
  std::string broken_;
  const Undoing whole_;
};

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
  if (step.wake_us() != 0 && step.status() != v1::Step::RUNNING) {
    return fmt::format("'{}' has a time to wake and does not wait", step.path());
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
      if (UndoingWalk(definition, saga).whole().left) {
        return "I3: COMPENSATED, and a step is not undone";
      }
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

// I2: it goes on by itself, or waits for something that its definition waits for.
std::string BrokenProgress(const Definition& definition, const v1::SagaRecord& saga) {
  if (saga.paused() || !IsUnfinished(saga.status())) return {};
  if (saga.due_us() != 0 && saga.due_us() <= saga.updated_us()) {
    return "what was due was left undone";
  }
  if (saga.due_us() != 0 || HasCallInFlight(saga)) return {};
  const bool awaits =
      std::any_of(saga.steps().begin(), saga.steps().end(), [&](const v1::StepState& step) {
        return step.status() == v1::Step::RUNNING &&
               FindNode(definition, step.path())->kind == Node::Kind::kAwait;
      });
  return awaits ? "" : "I2: nothing will ever move this saga";
}

}  // namespace

std::string BrokenInvariant(const Definition& definition, const Transition& transition) {
  const v1::SagaRecord& saga = transition.record;
  for (const v1::StepState& step : saga.steps()) {
    if (std::string broken = BrokenStep(step); !broken.empty()) return broken;
  }
  if (std::string broken = BrokenStatus(definition, saga); !broken.empty()) return broken;
  if (saga.status() != v1::Saga::RUNNING) {
    if (std::string broken = UndoingWalk(definition, saga).broken(); !broken.empty()) return broken;
  }
  if (std::string broken = BrokenEffects(transition); !broken.empty()) return broken;
  return BrokenHistory(transition);
}

void CheckInvariants(const Definition& definition, const Event& event,
                     const Transition& transition) {
  std::string broken = BrokenInvariant(definition, transition);
  const v1::SagaRecord& saga = transition.record;
  if (broken.empty() && !event.hold) broken = BrokenProgress(definition, saga);
  SKALD_CHECK(broken.empty(), "{} ({}): {}\n{}\n{}", transition.record.id(), Label(definition),
              broken, Transcript(event, transition), DescribeSteps(transition.record));
}

}  // namespace skald::core
