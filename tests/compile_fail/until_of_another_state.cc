// Expected: skald: a guard or an Until must be bool(const State&)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.Repeat("months", [](BulkFlow&) {}).Until(IsExpress).AtMost(3, skald::kContinue);
}

}  // namespace author
