#include "engine/core/backward.h"

#include "base/check.h"
#include "engine/core/loops.h"
#include "engine/core/outcome.h"

namespace skald::core {
namespace {

Walk RetreatStep(Work& work, const Place& at) {
  const v1::StepState* step = work.FindStep(at.path);
  if (step == nullptr) return Walk::kDone;
  // In flight when the saga turned back: waited for, then it is known what there is to undo.
  if (step->action().in_flight()) return Walk::kWaiting;
  if (step->status() == v1::Step::COMPENSATING) {
    ContinueCall(work, at, v1::COMPENSATION);
  } else if (NeedsCompensation(*at.node, *step)) {
    work.Send(at, v1::COMPENSATION);
  } else {
    return Walk::kDone;
  }
  return work.FindStep(at.path)->stuck() ? Walk::kStuck : Walk::kWaiting;
}

Walk RetreatChoose(Work& work, const Place& at) {
  const v1::StepState* decision = work.FindStep(at.path);
  if (decision == nullptr) return Walk::kDone;
  for (const Node& arm : at.node->children) {
    if (arm.name == decision->arm()) return Retreat(work, Under(at, arm));
  }
  return Walk::kDone;
}

Walk RetreatParallel(Work& work, const Place& at) {
  Walk all = Walk::kDone;
  for (auto branch = at.node->children.rbegin(); branch != at.node->children.rend(); ++branch) {
    all = Both(all, Retreat(work, Under(at, *branch)));
  }
  return all;
}

Walk RetreatChild(Work& work, const Place& at) {
  const v1::StepState* child = work.FindStep(at.path);
  if (child == nullptr || child->status() == v1::Step::COMPENSATED) return Walk::kDone;
  const Walk walk = RetreatChildren(work, at);
  if (walk == Walk::kDone) work.MutableStep(at.path).set_status(v1::Step::COMPENSATED);
  return walk;
}

}  // namespace

bool NeedsCompensation(const Node& node, const v1::StepState& step) {
  if (!node.compensation) return false;
  switch (step.status()) {
    case v1::Step::SUCCEEDED: return step.action().total() > 0 || !node.action;
    case v1::Step::UNCERTAIN: return step.action().total() > 0;
    // Its action was done by hand after the engine had tried: what the engine sent may have
    // arrived.
    case v1::Step::SKIPPED: return step.skipped() == v1::ACTION && step.action().total() > 0;
    default: return false;
  }
}

Walk RetreatChildren(Work& work, const Place& at, int number) {
  for (auto child = at.node->children.rbegin(); child != at.node->children.rend(); ++child) {
    const Walk walk = Retreat(work, Under(at, *child, number));
    if (walk != Walk::kDone) return walk;
  }
  return Walk::kDone;
}

Walk Retreat(Work& work, const Place& at) {
  switch (at.node->kind) {
    case Node::Kind::kSequence: return RetreatChildren(work, at);
    case Node::Kind::kStep: return RetreatStep(work, at);
    case Node::Kind::kChoose: return RetreatChoose(work, at);
    case Node::Kind::kParallel: return RetreatParallel(work, at);
    case Node::Kind::kForEach: return RetreatForEach(work, at);
    case Node::Kind::kRepeat: return RetreatRepeat(work, at);
    // Nothing of a wait has to be undone, and nothing of a turn-back.
    case Node::Kind::kAwait:
    case Node::Kind::kSleep:
    case Node::Kind::kTurnBack: return Walk::kDone;
    case Node::Kind::kChild: return RetreatChild(work, at);
  }
  SKALD_CHECK(false, "{}: node kind {}", at.path, static_cast<int>(at.node->kind));
}

}  // namespace skald::core
