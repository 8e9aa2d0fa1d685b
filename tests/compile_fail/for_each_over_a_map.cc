// Expected: skald: ForEach needs the getter of a repeated field, such as &State::lines
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.ForEach("refunds", &BulkState::notes, [](auto&) {});
}

}  // namespace author
