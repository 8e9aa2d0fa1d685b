// Expected: skald: this function makes a state of another type than the Child is of
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.Child<OrderState>("shipping", "ship_order", 1, BulkToShipping);
}

}  // namespace author
