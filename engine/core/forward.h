// The way forward: starts whatever is ready. Pure, on a Work.
#ifndef SKALD_ENGINE_CORE_FORWARD_H_
#define SKALD_ENGINE_CORE_FORWARD_H_

#include "engine/core/work.h"

namespace skald::core {

// Walks the tree from `node`: a node is entered when everything before it is done. REQUIRES: the
// saga is RUNNING and not paused.
Walk Advance(Work& work, const Node& node);

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_FORWARD_H_
