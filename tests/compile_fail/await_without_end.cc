// Expected: skald: an await needs its .Within(...), .Until(...) or .Forever()
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.Await<CustomerConfirmed>("confirmed", KeepConfirmation);
}

}  // namespace author
