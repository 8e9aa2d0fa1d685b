// Expected: skald: the state of a Child must be a generated protobuf message
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.Child<std::string>("shipping", "ship_order", 1, &BulkState::batch_id);
}

}  // namespace author
