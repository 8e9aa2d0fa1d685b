// What waits for something from outside: Await for a signal, Sleep for a time. Pure, on a Work.
#ifndef SKALD_ENGINE_CORE_WAITS_H_
#define SKALD_ENGINE_CORE_WAITS_H_

#include "engine/core/place.h"
#include "engine/core/work.h"

namespace skald::core {

// As Advance.
Walk AdvanceAwait(Work& work, const Place& at);
Walk AdvanceSleep(Work& work, const Place& at);

// Keeps the signal until an Await takes it. One that is known by its id changes nothing.
// INVALID_ARGUMENT: the definition awaits no such signal. FAILED_PRECONDITION: the saga goes back
// or has ended. RESOURCE_EXHAUSTED: too many are kept already.
void TakeSignal(Work& work, const Signal& signal);

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_WAITS_H_
