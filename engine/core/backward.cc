#include "engine/core/backward.h"

#include "base/check.h"

namespace skald::core {
namespace {

Walk RetreatSequence(Work& work, const Node& node) {
  for (auto child = node.children.rbegin(); child != node.children.rend(); ++child) {
    if (Retreat(work, *child) == Walk::kBlocked) return Walk::kBlocked;
  }
  return Walk::kDone;
}

Walk RetreatStep(Work& work, const Node& node) {
  const v1::StepState* step = work.FindStep(node.path);
  if (step == nullptr) return Walk::kDone;
  // In flight when the saga turned back: waited for, then it is known what there is to undo.
  if (step->action().in_flight()) return Walk::kBlocked;
  if (step->status() == v1::Step::COMPENSATING) {
    work.SendIfDue(node, v1::COMPENSATION);
    return Walk::kBlocked;
  }
  if (!NeedsCompensation(node, *step)) return Walk::kDone;
  work.Send(node, v1::COMPENSATION);
  return Walk::kBlocked;
}

Walk RetreatChoose(Work& work, const Node& node) {
  const v1::StepState* decision = work.FindStep(node.path);
  if (decision == nullptr) return Walk::kDone;
  for (const Node& arm : node.children) {
    if (arm.name == decision->arm()) return Retreat(work, arm);
  }
  return Walk::kDone;
}

}  // namespace

bool NeedsCompensation(const Node& node, const v1::StepState& step) {
  if (!node.compensation) return false;
  switch (step.status()) {
    case v1::Step::SUCCEEDED:
    case v1::Step::UNCERTAIN: return step.action().total() > 0;
    // Its action was done by hand after the engine had tried: what the engine sent may have
    // arrived.
    case v1::Step::SKIPPED: return step.skipped() == v1::ACTION && step.action().total() > 0;
    default: return false;
  }
}

Walk Retreat(Work& work, const Node& node) {
  switch (node.kind) {
    case Node::Kind::kSequence: return RetreatSequence(work, node);
    case Node::Kind::kStep: return RetreatStep(work, node);
    case Node::Kind::kChoose: return RetreatChoose(work, node);
  }
  SKALD_CHECK(false, "{}: node kind {}", node.path, static_cast<int>(node.kind));
}

}  // namespace skald::core
