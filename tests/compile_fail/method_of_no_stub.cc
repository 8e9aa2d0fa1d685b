// Expected: skald: a step calls a unary method of a generated stub
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  Flow flow("bad", 1);
  flow.Step("check").Call<&OrderState::express>(OrderToCheck).NothingToCompensate();
}

}  // namespace author
