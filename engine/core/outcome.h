// What follows from an attempt that has ended: keep the reply, try again, turn back or get stuck.
// Pure, on a Work.
#ifndef SKALD_ENGINE_CORE_OUTCOME_H_
#define SKALD_ENGINE_CORE_OUTCOME_H_

#include "engine/core/work.h"

namespace skald::core {

// Takes in the outcome. A reply to an attempt that is not in flight (late, repeated) changes
// nothing.
void TakeOutcome(Work& work, const AttemptEnded& ended);

// A new owner has loaded the saga: nobody will ever hear how the attempts in flight ended.
void TakeOver(Work& work);

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_OUTCOME_H_
