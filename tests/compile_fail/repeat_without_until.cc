// Expected: skald: a repeat needs its .Until(...)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.Repeat("months", [](BulkFlow&) {});
}

}  // namespace author
