// Expected: skald: the function of a Sleep must return an absl::Duration or a
// google.protobuf.Duration
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.Sleep("rest", [](const BulkState&) { return 24; });
}

}  // namespace author
