// Expected: skald: a choose needs its .When(...)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  Flow flow("bad", 1);
  flow.Choose("delivery");
}

}  // namespace author
