// Expected: skald: what Map keeps of an answer has no reply, so its function must be void(State&)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  Flow flow("bad", 1);
  flow.Step("charge")
      .Call<&Payments::Stub::Charge>(AmountToCharge, KeepReceipt)
      .Map(absl::StatusCode::kNotFound, skald::Outcome::kSucceeded, KeepReceipt);
}

}  // namespace author
