// Advice about a definition that is good by the rules (sagas/validate.h): what will work, and is
// seldom meant.
//
//   for (const std::string& advice : Lint(PlaceOrder())) fmt::print("{}\n", advice);
//   // place_order@3: await 'approval' waits for ever, and the definition has no deadline: a saga
//   // whose signal is lost never ends; say Within(...), or give the definition a deadline
//
// Pure functions, usable from any thread.
#ifndef SKALD_SAGAS_LINT_H_
#define SKALD_SAGAS_LINT_H_

#include <string>
#include <vector>

#include "sagas/definition.h"

namespace skald {

// One piece of advice per place, each saying what, why and what to do. Not about the nodes of
// children: those belong to their own definition. Empty: nothing to say. `definition` has no
// finding of Validate, and is best taken from a registry: without the nodes of its children less
// can be said.
std::vector<std::string> Lint(const Definition& definition);

}  // namespace skald

#endif  // SKALD_SAGAS_LINT_H_
