// Expected: skald: the body of an arm, a branch or a loop must be void(Flow<State>&)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.Parallel("bookings", [](Flow&) {});
}

}  // namespace author
