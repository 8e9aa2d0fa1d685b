// Expected: skald: a keep function must return void
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  Flow flow("bad", 1);
  flow.Step("charge")
      .Call<&Payments::Stub::Charge>(AmountToCharge,
                                     [](const ChargeResponse& reply, OrderState& order) {
                                       order.set_receipt(reply.receipt());
                                       return true;
                                     })
      .Pivot();
}

}  // namespace author
