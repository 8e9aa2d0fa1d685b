// Parking a saga that cannot go on by itself. Pure.
#ifndef SKALD_ENGINE_CORE_DEAD_LETTER_H_
#define SKALD_ENGINE_CORE_DEAD_LETTER_H_

#include "engine/core/work.h"

namespace skald::core {

// Parks the saga if a step is stuck and nothing else is under way or due: one failing step does not
// stop the others that do not depend on it. REQUIRES: the saga is RUNNING or COMPENSATING.
void ParkIfStuck(Work& work);

// The row of the saga's newest dead letter, as it was opened. REQUIRES: a step is stuck.
v1::DeadLetterRecord DeadLetterOf(const v1::SagaRecord& saga);

// Which call of a stuck step it is that does not go on.
v1::Phase StuckPhase(const v1::StepState& step);

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_DEAD_LETTER_H_
