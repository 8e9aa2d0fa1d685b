// What must hold after every transition, in release builds too: the part of section 9 of the
// contract that a single saga's record can show. An engine that would store anything else stops
// instead.
#ifndef SKALD_ENGINE_CORE_INVARIANTS_H_
#define SKALD_ENGINE_CORE_INVARIANTS_H_

#include <string>

#include "engine/core/event.h"
#include "engine/core/machine.h"
#include "sagas/definition.h"

namespace skald::core {

// The first broken invariant in words, or empty.
std::string BrokenInvariant(const Definition& definition, const Transition& transition);

// Aborts with the transcript of the transition if an invariant is broken.
void CheckInvariants(const Definition& definition, const Event& event,
                     const Transition& transition);

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_INVARIANTS_H_
