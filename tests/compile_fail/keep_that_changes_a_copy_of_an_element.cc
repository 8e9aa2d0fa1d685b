// Expected: skald: a keep function must take the state as State& (in a ForEach, the state or the
// element)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.ForEach("refunds", &BulkState::lines, [](BulkFlow::Each<Line>& each) {
    each.Step("pay_back")
        .Call<&Payments::Stub::Refund>(
            [](const Line&) { return RefundRequest(); },
            [](const RefundResponse& reply, Line line) { line.set_refund_id(reply.refund_id()); })
        .NothingToCompensate();
  });
}

}  // namespace author
