#include "absl/time/time.h"

#include <map>
#include <string_view>
#include <utility>

#include "sagas/pivot.h"
#include "sagas/validate_rules.h"

namespace skald {
namespace {

void CheckPivot(const Node& pivot, Findings& findings) {
  if (pivot.compensation.has_value()) {
    findings.Complain(
        "{} is the pivot and has a compensation: once it has succeeded a saga only goes "
        "forward; remove the compensation or move the pivot",
        Where(pivot));
  }
}

void CheckBeforePivot(const Node& node, Findings& findings) {
  if (node.action.has_value() && !node.compensation.has_value() && !node.nothing_to_compensate) {
    findings.Complain(
        "{} comes before the pivot and does not say how it is compensated: add "
        ".Compensate<...>(...), or .NothingToCompensate() if there is nothing to undo",
        Where(node));
  }
}

void CheckStepAfterPivot(const Node& step, const Node& pivot, Findings& findings) {
  if (step.pivot) {
    findings.Complain(
        "{} is a second pivot after '{}' on one path: a path has one point of no "
        "return",
        Where(step), pivot.path);
  }
  if (!step.compensation.has_value()) return;
  if (step.action.has_value()) {
    findings.Complain(
        "{} comes after the pivot '{}' and has a compensation: after the pivot a saga only goes "
        "forward; remove the compensation or move the pivot",
        Where(step), pivot.path);
  } else {
    findings.Complain(
        "{} comes after the pivot '{}' and only has a compensation, which would never be called: "
        "remove the step or move the pivot",
        Where(step), pivot.path);
  }
}

void CheckAfterPivot(const Node& node, const Node& pivot, Findings& findings) {
  if (node.kind == Node::Kind::kStep) CheckStepAfterPivot(node, pivot, findings);
  if (node.kind == Node::Kind::kTurnBack) {
    findings.Complain(
        "{} comes after the pivot '{}': after the pivot the saga only goes forward; decide before "
        "it, or let an operator look at it (a Repeat or an Await with kDeadLetter)",
        Where(node), pivot.path);
  }
  const bool wait_turns_back =
      node.await.has_value() && node.await->Ends() && node.await->otherwise == kCompensate;
  const bool loop_turns_back = node.repeat.has_value() && node.repeat->otherwise == kCompensate;
  if (wait_turns_back || loop_turns_back) {
    findings.Complain(
        "{} comes after the pivot '{}' and would turn the saga back when {}: after the pivot it "
        "only goes forward; say kContinue or kDeadLetter, or move the pivot",
        Where(node), pivot.path, wait_turns_back ? "nothing comes" : "its rounds are used up");
  }
}

void CheckPivots(const Definition& definition, Findings& findings) {
  const Node* complained = nullptr;
  // A child whose nodes are not there yet may bring the pivot: what follows it is judged again when
  // it has them.
  bool may_be_after = false;
  WalkPivots(definition.root, {}, [&](const Node& node, const PivotPosition& before) {
    if (node.pivot && before.off_path != nullptr) {
      findings.Complain(
          "{} is a pivot inside of {}: some of what goes on there could not turn back any more "
          "while the rest still may; move the pivot out of it",
          Where(node), Where(*before.off_path));
    }
    switch (before.where) {
      case PivotPosition::Where::kBefore:
        may_be_after = may_be_after || (node.kind == Node::Kind::kChild && node.children.empty());
        if (node.pivot) return CheckPivot(node, findings);
        return may_be_after ? void() : CheckBeforePivot(node, findings);
      case PivotPosition::Where::kAfter: return CheckAfterPivot(node, *before.because, findings);
      case PivotPosition::Where::kNever:
        // Once for each turn-back.
        if (std::exchange(complained, before.because) == before.because) return;
        return findings.Complain(
            "{} comes after {}, and no saga gets there: remove it, or put the turn-back into an "
            "arm of a choose",
            Where(node), Where(*before.because));
      case PivotPosition::Where::kUndecided: break;
    }
    if (may_be_after) return;
    // Once for each choose; what follows it cannot be judged.
    if (std::exchange(complained, before.because) == before.because) return;
    findings.Complain(
        "{} comes after {}, of which some ways hold a pivot and some do not, so that nobody can "
        "say whether the saga may still turn back there: give each arm a pivot (an Otherwise, "
        "too), or none, or let nothing follow the choose",
        Where(node), Where(*before.because));
  });
}

// Signals are kept under the name of the await that takes them, wherever it stands.
void CheckSignals(const Definition& definition, Findings& findings) {
  std::map<std::string_view, const Node*> first;
  ForEachNode(definition.root, [&](const Node& node) {
    if (!node.await.has_value()) return;
    const Node& other = *first.emplace(node.name, &node).first->second;
    if (other.await->message_type == node.await->message_type) return;
    findings.Complain(
        "{} takes {}, and {} takes {}: signals come under the name '{}', and a name has one "
        "message type; rename one of them",
        Where(node), node.await->message_type, Where(other), other.await->message_type, node.name);
  });
}

}  // namespace

void CheckPositions(const Definition& definition, Findings& findings) {
  CheckPivots(definition, findings);
  CheckSignals(definition, findings);
}

}  // namespace skald
