// Expected: skald: the function that makes a child's state must be ChildState(const State&)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.Child<ShippingState>("shipping", "ship_order", 1,
                            [](const OrderState&) { return ShippingState(); });
}

}  // namespace author
