// Expected: skald: the function that keeps a signal must be void(const Message&, State&)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.Await<ShippingState>("confirmed", KeepConfirmation).Forever();
}

}  // namespace author
