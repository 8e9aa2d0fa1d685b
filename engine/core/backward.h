// The way back: compensates what happened, in reverse. Pure, on a Work.
#ifndef SKALD_ENGINE_CORE_BACKWARD_H_
#define SKALD_ENGINE_CORE_BACKWARD_H_

#include "engine/core/work.h"

namespace skald::core {

// Walks the tree back from `node`: for u before v, v's compensation is confirmed before u's is
// sent. REQUIRES: the saga is COMPENSATING and not paused.
Walk Retreat(Work& work, const Node& node);

// The step may have had an effect that the engine has to undo, and has not undone yet.
bool NeedsCompensation(const Node& node, const v1::StepState& step);

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_BACKWARD_H_
