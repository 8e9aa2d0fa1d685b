// Where the steps of a definition stand with regard to the pivot: the walk that the builder (which
// marks what is retriable) and the validation (which refuses what makes no sense) share.
// docs/adr/0002-pivots-in-arms.md says why it is as it is. Pure.
#ifndef SKALD_SAGAS_PIVOT_H_
#define SKALD_SAGAS_PIVOT_H_

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
  };

  Where where = Where::kBefore;
  // kAfter: a pivot that was passed. kUndecided: the choose that left it open.
  const Node* because = nullptr;
};

// Calls `visit(step, position)` for every step of `node`, in order, with the position right before
// the step. Returns the position after `node`.
template <typename NodeType, typename Visit>
PivotPosition WalkPivots(NodeType& node, PivotPosition position, const Visit& visit) {
  using Where = PivotPosition::Where;
  switch (node.kind) {
    case Node::Kind::kStep:
      visit(node, position);
      if (node.pivot && position.where == Where::kBefore) return {Where::kAfter, &node};
      return position;
    case Node::Kind::kSequence:
      for (NodeType& child : node.children) position = WalkPivots(child, position, visit);
      return position;
    case Node::Kind::kChoose: break;
  }
  PivotPosition joined;
  bool first = true;
  bool has_otherwise = false;
  const auto join = [&](const PivotPosition& end) {
    if (first) {
      joined = end;
    } else if (joined.where != end.where) {
      joined = {Where::kUndecided, &node};
    }
    first = false;
  };
  for (NodeType& arm : node.children) {
    join(WalkPivots(arm, position, visit));
    has_otherwise = has_otherwise || !arm.guard;
  }
  // Without an otherwise there is one more way through: no guard holds, nothing is done.
  if (!has_otherwise) join(position);
  return joined;
}

}  // namespace skald

#endif  // SKALD_SAGAS_PIVOT_H_
