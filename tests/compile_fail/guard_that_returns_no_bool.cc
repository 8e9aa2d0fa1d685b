// Expected: skald: a guard or an Until must return bool
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  Flow flow("bad", 1);
  flow.Choose("delivery").When("express", &OrderState::receipt, [](Flow&) {});
}

}  // namespace author
