// Expected: skald: the function of a SleepUntil or an Await's Until must return an absl::Time or a
// google.protobuf.Timestamp
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.SleepUntil("rest", &BulkState::cooling_off);
}

}  // namespace author
