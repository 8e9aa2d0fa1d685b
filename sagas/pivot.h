// Where the nodes of a definition stand with regard to the pivot: the walk that Settle (which marks
// what is retriable), Link and the validation (which refuses what makes no sense) share.
// docs/adr/0002-pivots-in-arms.md says why it is as it is. Pure.
#ifndef SKALD_SAGAS_PIVOT_H_
#define SKALD_SAGAS_PIVOT_H_

#include <optional>

#include "sagas/definition.h"

namespace skald {

struct PivotPosition {
  enum class Where {
    // No path to here has passed a pivot.
    kBefore,
    // Every path to here has.
    kAfter,
    // Some have and some have not: nothing may stand here.
    kUndecided,
    // There is no path to here: all that lead here turn back before.
    kNever,
  };

  Where where = Where::kBefore;
  // kAfter: a pivot that was passed. kUndecided: the choose that left it open. kNever: a turn-back.
  const Node* because = nullptr;
  // The outermost Parallel, ForEach or Repeat around: no pivot may stand in it. Else null.
  const Node* off_path = nullptr;
};

// Calls `visit(node, position)` for `node` and every node in it, parents before children, in order,
// with the position right before it. Returns the position after `node`.
template <typename NodeType, typename Visit>
PivotPosition WalkPivots(NodeType& node, PivotPosition position, const Visit& visit) {
  using Kind = Node::Kind;
  using Where = PivotPosition::Where;
  visit(node, position);
  // Asked after the visit, which may have changed the node.
  if (node.kind == Kind::kStep && node.pivot && position.where == Where::kBefore) {
    return {Where::kAfter, &node, position.off_path};
  }
  if (node.kind == Kind::kTurnBack && position.where != Where::kNever) {
    return {Where::kNever, &node, position.off_path};
  }
  if (node.kind != Kind::kChoose && node.kind != Kind::kParallel) {
    const bool repeats = node.kind == Kind::kForEach || node.kind == Kind::kRepeat;
    const PivotPosition before = position;
    if (repeats && before.off_path == nullptr) position.off_path = &node;
    for (NodeType& child : node.children) position = WalkPivots(child, position, visit);
    // There may be no element at all.
    if (node.kind == Kind::kForEach && position.where == Where::kNever) return before;
    position.off_path = before.off_path;
    return position;
  }
  PivotPosition inside = position;
  if (node.kind == Kind::kParallel) {
    if (inside.off_path == nullptr) inside.off_path = &node;
    PivotPosition end = position;
    for (NodeType& branch : node.children) {
      const PivotPosition after = WalkPivots(branch, inside, visit);
      // A pivot in it is refused by itself: what follows is judged as if it stood well.
      if (after.where != position.where && end.where != Where::kNever) end = after;
    }
    end.off_path = position.off_path;
    return end;
  }
  // Without an otherwise there is one more way through: no guard holds, nothing is done.
  bool has_otherwise = false;
  for (const NodeType& arm : node.children) has_otherwise = has_otherwise || !arm.guard;
  std::optional<PivotPosition> joined;
  if (!has_otherwise) joined = position;
  for (NodeType& arm : node.children) {
    const PivotPosition end = WalkPivots(arm, inside, visit);
    // An arm that turns back does not come out of the choose.
    if (!joined.has_value() || joined->where == Where::kNever) joined = end;
    if (end.where == Where::kNever) continue;
    if (joined->where != end.where) joined = {Where::kUndecided, &node, position.off_path};
  }
  return *joined;
}

}  // namespace skald

#endif  // SKALD_SAGAS_PIVOT_H_
