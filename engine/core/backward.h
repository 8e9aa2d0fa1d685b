// The way back: compensates what happened, in reverse. Pure, on a Work.
#ifndef SKALD_ENGINE_CORE_BACKWARD_H_
#define SKALD_ENGINE_CORE_BACKWARD_H_

#include "engine/core/place.h"
#include "engine/core/work.h"

namespace skald::core {

// Walks the tree back from `at`: for u before v, v's compensation is confirmed before u's is sent;
// branches go back side by side. REQUIRES: the saga is COMPENSATING and not paused.
Walk Retreat(Work& work, const Place& at);

// The children of `at`, in reverse; `number` as in Under.
Walk RetreatChildren(Work& work, const Place& at, int number = 0);

// The step may have had an effect that the engine has to undo, and has not undone yet.
bool NeedsCompensation(const Node& node, const v1::StepState& step);

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_BACKWARD_H_
