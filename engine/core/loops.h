// The loops: ForEach and Repeat, forward and back. Pure, on a Work.
#ifndef SKALD_ENGINE_CORE_LOOPS_H_
#define SKALD_ENGINE_CORE_LOOPS_H_

#include "engine/core/place.h"
#include "engine/core/work.h"

namespace skald::core {

// As Advance and Retreat. The number of elements is fixed when a for-each begins; elements begin in
// their order, and their way back begins in reverse.
Walk AdvanceForEach(Work& work, const Place& at);
Walk RetreatForEach(Work& work, const Place& at);

Walk AdvanceRepeat(Work& work, const Place& at);
Walk RetreatRepeat(Work& work, const Place& at);

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_LOOPS_H_
