// Expected: skald: the function of a SleepUntil or an Await's Until must be
// absl::Time(const State&)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  Flow flow("bad", 1);
  flow.Await<CustomerConfirmed>("confirmed").Until(&BulkState::renews_at, skald::kContinue);
}

}  // namespace author
