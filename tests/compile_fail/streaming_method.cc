// Expected: skald: a step calls a unary method of a generated stub
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  Flow flow("bad", 1);
  flow.Step("watch").Call<&Inventory::Stub::Watch>(StockToReserve).NothingToCompensate();
}

}  // namespace author
