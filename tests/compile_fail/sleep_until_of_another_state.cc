// Expected: skald: the function of a SleepUntil or an Await's Until must be
// absl::Time(const State&)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.SleepUntil("rest", [](const OrderState&) { return absl::UnixEpoch(); });
}

}  // namespace author
