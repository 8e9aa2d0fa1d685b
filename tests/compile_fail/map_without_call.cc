// Expected: skald: Map is said of a call
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.Step("check").Map(absl::StatusCode::kNotFound, skald::Outcome::kSucceeded);
}

}  // namespace author
