// Expected: skald: the function that makes a request must be Request(const State&); in a ForEach,
// Request(const Element&)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.ForEach("refunds", &BulkState::lines, [](BulkFlow::Each<Line>& each) {
    each.Step("pay_back")
        .Call<&Payments::Stub::Refund>([](const Box&) { return RefundRequest(); })
        .NothingToCompensate();
  });
}

}  // namespace author
