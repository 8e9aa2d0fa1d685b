// Expected: skald: the function that makes a request must be Request(const State&)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  Flow flow("bad", 1);
  flow.Step("reserve")
      .Call<&Inventory::Stub::Reserve>([](const ReserveResponse&) { return ReserveRequest(); })
      .NothingToCompensate();
}

}  // namespace author
