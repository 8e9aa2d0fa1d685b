// Expected: skald: an exclusive key must be a std::string
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.Exclusive(&BulkState::ended, skald::ExclusiveKey::WhenTaken::kReject);
}

}  // namespace author
