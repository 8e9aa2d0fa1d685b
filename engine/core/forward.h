// The way forward: starts whatever is ready. Pure, on a Work.
#ifndef SKALD_ENGINE_CORE_FORWARD_H_
#define SKALD_ENGINE_CORE_FORWARD_H_

#include "engine/core/place.h"
#include "engine/core/work.h"

namespace skald::core {

// Walks the tree from `at`: a node is entered when everything before it is done. Once the saga has
// turned back, nothing more is entered. REQUIRES: the saga was RUNNING, and is not paused.
Walk Advance(Work& work, const Place& at);

// The children of `at`, one after the other; `number` as in Under.
Walk AdvanceChildren(Work& work, const Place& at, int number = 0);

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_FORWARD_H_
