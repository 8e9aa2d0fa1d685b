// Expected: skald: a Sleep takes an absl::Duration, or a function absl::Duration(const State&)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.Sleep("rest", [](const OrderState&) { return absl::Hours(1); });
}

}  // namespace author
