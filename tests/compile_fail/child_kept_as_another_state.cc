// Expected: skald: the function that keeps a child's state must be void(const ChildState&, State&)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.Child<ShippingState>("shipping", "ship_order", 1, BulkToShipping, KeepConfirmation);
}

}  // namespace author
