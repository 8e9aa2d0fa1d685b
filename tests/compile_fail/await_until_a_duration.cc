// Expected: skald: the function of a SleepUntil or an Await's Until must return an absl::Time or a
// google.protobuf.Timestamp
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.Await<CustomerConfirmed>("confirmed").Until(&BulkState::cooling_off, skald::kContinue);
}

}  // namespace author
