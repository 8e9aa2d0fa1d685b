// Expected: skald: an exclusive key must be std::string(const State&)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.Exclusive(&OrderState::order_id, skald::ExclusiveKey::WhenTaken::kReject);
}

}  // namespace author
