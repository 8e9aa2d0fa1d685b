// Expected: skald: a repeat needs its .AtMost(rounds, what follows)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.Repeat("months", [](BulkFlow&) {}).Until(HasEnded);
}

}  // namespace author
