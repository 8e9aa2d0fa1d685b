// Expected: skald: the body of a ForEach must be void(Flow<State>::Each<Element>&)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.ForEach("refunds", &BulkState::lines, [](BulkFlow&) {});
}

}  // namespace author
