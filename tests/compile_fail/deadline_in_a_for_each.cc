// Expected: skald: a deadline is the definition's
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.ForEach("refunds", &BulkState::lines,
               [](BulkFlow::Each<Line>& each) { each.Deadline(absl::Hours(1)); });
}

}  // namespace author
