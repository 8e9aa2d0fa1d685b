// Expected: skald: this function makes a request of another type than the method takes
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  Flow flow("bad", 1);
  flow.Step("reserve")
      .Call<&Inventory::Stub::Reserve>(StockToReserve)
      .Compensate<&Inventory::Stub::Release>(StockToReserve);
}

}  // namespace author
