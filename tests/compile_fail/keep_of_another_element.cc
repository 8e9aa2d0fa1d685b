// Expected: skald: the function that keeps a reply must be void(const Response&, State&), with the
// Response of this method; in a ForEach
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.ForEach("refunds", &BulkState::lines, [](BulkFlow::Each<Line>& each) {
    each.Step("pay_back")
        .Call<&Payments::Stub::Refund>([](const Line&) { return RefundRequest(); },
                                       [](const RefundResponse&, Box&) {})
        .NothingToCompensate();
  });
}

}  // namespace author
