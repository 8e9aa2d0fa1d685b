// Random definitions of every kind of node, for property tests. A seed gives the same one on every
// machine with this standard library.
#ifndef SKALD_TESTS_PROPERTY_RANDOM_DEFINITION_H_
#define SKALD_TESTS_PROPERTY_RANDOM_DEFINITION_H_

#include <random>

#include "sagas/definition.h"

namespace skald::property {

// At most `nodes` nodes that are no sequences. Its functions look at nothing: guards, counts and
// rounds are drawn with the definition. A pivot stands on a plain path.
Definition RandomDefinition(std::mt19937_64& random, int nodes = 12);

}  // namespace skald::property

#endif  // SKALD_TESTS_PROPERTY_RANDOM_DEFINITION_H_
