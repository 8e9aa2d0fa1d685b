// Expected: skald: the function that keeps a reply must be void(const Response&, State&)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  Flow flow("bad", 1);
  flow.Step("charge").Call<&Payments::Stub::Charge>(AmountToCharge, KeepReservation).Pivot();
}

}  // namespace author
