// Expected: skald: what Map keeps of an answer has no reply, so its function must be void(State&)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.ForEach("vouchers", &BulkState::vouchers, [](BulkFlow::Each<std::string>& each) {
    each.Step("pay_back")
        .Call<&Payments::Stub::Refund>([](const std::string&) { return RefundRequest(); })
        .Map(absl::StatusCode::kNotFound, skald::Outcome::kSucceeded,
             [](std::string& voucher) { voucher = "none"; });
  });
}

}  // namespace author
