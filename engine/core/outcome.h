// What follows from an attempt that has ended: keep the reply, try again, turn back or get stuck.
// Pure, on a Work.
#ifndef SKALD_ENGINE_CORE_OUTCOME_H_
#define SKALD_ENGINE_CORE_OUTCOME_H_

#include "engine/core/work.h"

namespace skald::core {

// Takes in the outcome. A reply to an attempt that is not in flight (late, repeated) changes
// nothing.
void TakeOutcome(Work& work, const AttemptEnded& ended);

// A participant tells how a call ended that was pending (or about to be). FAILED_PRECONDITION,
// NOT_FOUND: see SagaService.CompleteStep.
void TakeCompletion(Work& work, const Completion& completion);

// A call that is not in flight: sends the next attempt if it is time, ends a wait that has taken
// too long.
void ContinueCall(Work& work, const Place& at, v1::Phase phase);

// A new owner has loaded the saga: nobody will ever hear how the attempts in flight ended.
void TakeOver(Work& work);

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_OUTCOME_H_
