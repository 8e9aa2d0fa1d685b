// Expected: skald: the body of an arm, a branch or a loop must be void(Flow<State>&)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  Flow flow("bad", 1);
  flow.Choose("delivery").When("express", IsExpress, [](skald::Flow<CheckResponse>&) {});
}

}  // namespace author
