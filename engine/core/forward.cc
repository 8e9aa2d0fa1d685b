#include "engine/core/forward.h"

#include <utility>

#include "base/check.h"
#include "base/status.h"
#include "base/text.h"
#include "engine/core/loops.h"
#include "engine/core/outcome.h"
#include "engine/core/waits.h"

namespace skald::core {
namespace {

Walk AdvanceStep(Work& work, const Place& at) {
  const v1::StepState* step = work.FindStep(at.path);
  if (step == nullptr && !at.node->action) {
    // A mark: that the saga has come here is what its compensation needs to know.
    work.MutableStep(at.path).set_status(v1::Step::SUCCEEDED);
    return Walk::kDone;
  }
  if (step == nullptr) {
    work.Send(at, v1::ACTION);
  } else if (step->status() == v1::Step::SUCCEEDED || step->status() == v1::Step::SKIPPED) {
    return Walk::kDone;
  } else if (step->status() == v1::Step::RUNNING) {
    ContinueCall(work, at, v1::ACTION);
  }
  return work.FindStep(at.path)->stuck() ? Walk::kStuck : Walk::kWaiting;
}

// The first arm whose guard holds is taken, once and for all: the decision is stored, because the
// state that it was made from goes on changing.
Walk Decide(Work& work, const Place& at) {
  v1::StepState& decision = work.MutableStep(at.path);
  for (const Node& arm : at.node->children) {
    if (arm.guard) {
      const absl::StatusOr<bool> holds = arm.guard(work.ScopeOf(at));
      if (!holds.ok()) {
        work.Stick(at, holds.status());
        return Walk::kStuck;
      }
      if (!*holds) continue;
    }
    decision.set_arm(arm.name);
    break;
  }
  decision.set_status(v1::Step::SUCCEEDED);
  work.Record(v1::HistoryEntry::CHOSEN, at).set_arm(decision.arm());
  return Walk::kDone;
}

Walk AdvanceChoose(Work& work, const Place& at) {
  const v1::StepState* decision = work.FindStep(at.path);
  if (decision != nullptr && decision->stuck()) return Walk::kStuck;
  if (decision == nullptr || decision->status() == v1::Step::PENDING) {
    if (Decide(work, at) == Walk::kStuck) return Walk::kStuck;
    decision = work.FindStep(at.path);
  }
  for (const Node& arm : at.node->children) {
    if (arm.name == decision->arm()) return Advance(work, Under(at, arm));
  }
  return Walk::kDone;
}

Walk AdvanceParallel(Work& work, const Place& at) {
  Walk all = Walk::kDone;
  for (const Node& branch : at.node->children) {
    all = Both(all, Advance(work, Under(at, branch)));
  }
  return all;
}

Walk BeginChild(Work& work, const Place& at) {
  absl::StatusOr<std::string> state = at.node->child->make_state(work.ScopeOf(at));
  absl::Status failure = state.status();
  v1::StepState& child = work.MutableStep(at.path);
  if (failure.ok()) {
    Place inside = at;
    inside.owner = at.path;
    failure = work.SetState(inside, *std::move(state), "which its child starts");
  }
  if (!failure.ok()) {
    work.Stick(at, failure);
    return Walk::kStuck;
  }
  child.set_status(v1::Step::RUNNING);
  work.Record(v1::HistoryEntry::CHILD_STARTED, at)
      .set_message(fmt::format("{}@{}", at.node->child->definition, at.node->child->version));
  return Walk::kDone;
}

Walk EndChild(Work& work, const Place& at) {
  absl::StatusOr<std::string> state =
      at.node->child->keep_state(work.ScopeOf(at), work.FindStep(at.path)->state());
  absl::Status failure = state.status();
  if (failure.ok()) {
    failure = work.SetState(at, *std::move(state), fmt::format("what '{}' came to", at.path));
  }
  if (!failure.ok()) {
    work.Stick(at, failure);
    return Walk::kStuck;
  }
  work.MutableStep(at.path).set_status(v1::Step::SUCCEEDED);
  work.Record(v1::HistoryEntry::CHILD_COMPLETED, at);
  return Walk::kDone;
}

Walk AdvanceChild(Work& work, const Place& at) {
  const v1::StepState* child = work.FindStep(at.path);
  if (child != nullptr && child->stuck()) return Walk::kStuck;
  if (child != nullptr && child->status() == v1::Step::SUCCEEDED) return Walk::kDone;
  if (child == nullptr || child->status() == v1::Step::PENDING) {
    if (const Walk begun = BeginChild(work, at); begun != Walk::kDone) return begun;
  }
  if (const Walk walk = AdvanceChildren(work, at); walk != Walk::kDone) return walk;
  return EndChild(work, at);
}

// The definition itself says no. What the author wrote is the reason that people read.
Walk TurnBackAt(Work& work, const Place& at) {
  v1::Cause cause;
  cause.set_kind(v1::Cause::REJECTED);
  cause.set_step(at.path);
  cause.set_code(static_cast<int>(absl::StatusCode::kFailedPrecondition));
  cause.set_message(CleanText(at.node->turn_back->reason, work.limits().kept_message));
  work.TurnBack(std::move(cause));
  return Walk::kWaiting;
}

}  // namespace

Walk AdvanceChildren(Work& work, const Place& at, int number) {
  for (const Node& child : at.node->children) {
    const Walk walk = Advance(work, Under(at, child, number));
    if (walk != Walk::kDone) return walk;
  }
  return Walk::kDone;
}

Walk Advance(Work& work, const Place& at) {
  if (work.record().status() != v1::Saga::RUNNING) return Walk::kWaiting;
  switch (at.node->kind) {
    case Node::Kind::kSequence: return AdvanceChildren(work, at);
    case Node::Kind::kStep: return AdvanceStep(work, at);
    case Node::Kind::kChoose: return AdvanceChoose(work, at);
    case Node::Kind::kParallel: return AdvanceParallel(work, at);
    case Node::Kind::kForEach: return AdvanceForEach(work, at);
    case Node::Kind::kRepeat: return AdvanceRepeat(work, at);
    case Node::Kind::kAwait: return AdvanceAwait(work, at);
    case Node::Kind::kSleep: return AdvanceSleep(work, at);
    case Node::Kind::kChild: return AdvanceChild(work, at);
    case Node::Kind::kTurnBack: return TurnBackAt(work, at);
  }
  SKALD_CHECK(false, "{}: node kind {}", at.path, static_cast<int>(at.node->kind));
}

}  // namespace skald::core
