// Expected: skald: an element that is no message cannot be changed
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.ForEach("refunds", &BulkState::vouchers, [](BulkFlow::Each<std::string>& each) {
    each.Step("pay_back")
        .Call<&Payments::Stub::Refund>([](const std::string&) { return RefundRequest(); },
                                       [](const RefundResponse& reply, BulkState&,
                                          std::string& voucher) { voucher = reply.refund_id(); })
        .NothingToCompensate();
  });
}

}  // namespace author
