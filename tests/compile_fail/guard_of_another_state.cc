// Expected: skald: a guard or an Until must be bool(const State&)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  Flow flow("bad", 1);
  flow.Choose("delivery")
      .When(
          "express", [](const CheckResponse&) { return true; }, [](Flow&) {});
}

}  // namespace author
