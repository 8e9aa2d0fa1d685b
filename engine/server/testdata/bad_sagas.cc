// Libraries whose definitions are no good, or not wanted; the build says which.
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include "engine/runtime/nodes_harness.h"
#include "sagas/plugin.h"

namespace {

using skald::Definition;

[[maybe_unused]] Definition OneStep(const char* name) {
  return skald::runtime::nodes::Tree(name, /*version=*/1, {skald::runtime::nodes::Step("a")});
}

[[maybe_unused]] Definition Throwing() { throw std::runtime_error("no price list"); }

[[maybe_unused]] Definition Crashing() { std::abort(); }

}  // namespace

#if defined(TEST_THROWS)
SKALD_SAGAS(Throwing())
#elif defined(TEST_CRASHES)
SKALD_SAGAS(Crashing())
#elif defined(TEST_TAKEN)
SKALD_SAGAS(OneStep("night_train"), OneStep("trip"))
#elif defined(TEST_INVALID)
SKALD_SAGAS(OneStep("Night Train"))
#elif defined(TEST_EMPTY)
SKALD_SAGAS(std::vector<Definition>())
#endif
