#include "engine/core/forward.h"

#include "base/check.h"
#include "base/status.h"

namespace skald::core {
namespace {

Walk AdvanceSequence(Work& work, const Node& node) {
  for (const Node& child : node.children) {
    if (Advance(work, child) == Walk::kBlocked) return Walk::kBlocked;
  }
  return Walk::kDone;
}

Walk AdvanceStep(Work& work, const Node& node) {
  const v1::StepState* step = work.FindStep(node.path);
  if (step == nullptr) {
    work.Send(node, v1::ACTION);
    return Walk::kBlocked;
  }
  switch (step->status()) {
    case v1::Step::SUCCEEDED:
    case v1::Step::SKIPPED: return Walk::kDone;
    case v1::Step::RUNNING: work.SendIfDue(node, v1::ACTION); return Walk::kBlocked;
    default: return Walk::kBlocked;
  }
}

// The first arm whose guard holds is taken, once and for all: the decision is stored, because the
// state that it was made from goes on changing.
Walk Decide(Work& work, const Node& node) {
  v1::StepState& decision = work.MutableStep(node.path);
  for (const Node& arm : node.children) {
    if (arm.guard) {
      const absl::StatusOr<bool> holds = arm.guard({.state = work.record().state()});
      if (!holds.ok()) {
        work.Stick(node.path, v1::Cause::DEFINITION, holds.status().code(),
                   Message(holds.status()));
        return Walk::kBlocked;
      }
      if (!*holds) continue;
    }
    decision.set_arm(arm.name);
    break;
  }
  decision.set_status(v1::Step::SUCCEEDED);
  v1::HistoryEntry& entry = work.Record(v1::HistoryEntry::CHOSEN);
  entry.set_step(node.path);
  entry.set_arm(decision.arm());
  return Walk::kDone;
}

Walk AdvanceChoose(Work& work, const Node& node) {
  const v1::StepState* decision = work.FindStep(node.path);
  if (decision != nullptr && decision->stuck()) return Walk::kBlocked;
  if (decision == nullptr || decision->status() == v1::Step::PENDING) {
    if (Decide(work, node) == Walk::kBlocked) return Walk::kBlocked;
    decision = work.FindStep(node.path);
  }
  for (const Node& arm : node.children) {
    if (arm.name == decision->arm()) return Advance(work, arm);
  }
  return Walk::kDone;
}

}  // namespace

Walk Advance(Work& work, const Node& node) {
  switch (node.kind) {
    case Node::Kind::kSequence: return AdvanceSequence(work, node);
    case Node::Kind::kStep: return AdvanceStep(work, node);
    case Node::Kind::kChoose: return AdvanceChoose(work, node);
  }
  SKALD_CHECK(false, "{}: node kind {}", node.path, static_cast<int>(node.kind));
}

}  // namespace skald::core
