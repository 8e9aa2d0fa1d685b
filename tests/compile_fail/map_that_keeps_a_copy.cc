// Expected: skald: a keep function must take the state as State&
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  Flow flow("bad", 1);
  flow.Step("charge")
      .Call<&Payments::Stub::Charge>(AmountToCharge, KeepReceipt)
      .Map(absl::StatusCode::kNotFound, skald::Outcome::kSucceeded,
           [](OrderState order) { order.set_receipt("none"); });
}

}  // namespace author
