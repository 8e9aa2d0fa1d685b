#include "examples/bulk_refund/bulk_refund.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "examples/bulk_refund/bulk_refund.grpc.pb.h"
#include "sagas/flow.h"

namespace refund {
namespace {

using v1::BatchState;
using v1::Cashier;
using v1::Line;
using v1::Mailroom;
using Flow = skald::Flow<BatchState>;

v1::OpenBatchRequest BatchToOpen(const BatchState& batch) {
  v1::OpenBatchRequest request;
  request.set_batch_id(batch.batch_id());
  int64_t total = 0;
  for (const Line& line : batch.lines()) total += line.amount_cents();
  request.set_total_cents(total);
  return request;
}

// [functions]
v1::PayBackRequest LineToPayBack(const BatchState& batch, const Line& line) {
  v1::PayBackRequest request;
  request.set_batch_id(batch.batch_id());
  request.set_order_id(line.order_id());
  request.set_customer(line.customer());
  request.set_amount_cents(line.amount_cents());
  return request;
}

void KeepReceipt(const v1::PayBackResponse& reply, Line& line) {
  line.set_receipt_id(reply.receipt_id());
}
// [/functions]

v1::SendRequest Summary(const BatchState& batch) {
  int paid = 0;
  std::string open;
  for (const Line& line : batch.lines()) {
    if (line.receipt_id().empty()) {
      open += fmt::format("\n{}: {} cents to {}", line.order_id(), line.amount_cents(),
                          line.customer());
    } else {
      ++paid;
    }
  }
  v1::SendRequest request;
  request.set_to(batch.mail_to());
  request.set_subject(
      fmt::format("{}: {} of {} paid back", batch.reason(), paid, batch.lines_size()));
  request.set_text(open.empty() ? "All of them." : "Still open:" + open);
  return request;
}

}  // namespace

// [refund_batch]
skald::Definition RefundBatch() {
  Flow flow("refund_batch", /*version=*/1);
  // Until the money is approved all can be left as it was. From then on every line is tried until
  // it is known what became of it.
  flow.Step("open_batch").Call<&Cashier::Stub::OpenBatch>(BatchToOpen).Pivot();
  flow.ForEach("refunds", &BatchState::lines,
               [](Flow::Each<Line>& each) {
                 each.Step("pay_back")
                     .Call<&Cashier::Stub::PayBack>(LineToPayBack, KeepReceipt)
                     .Map(absl::StatusCode::kNotFound, skald::Outcome::kSucceeded);
               })
      .Concurrency(8);
  flow.Step("mail_summary").Call<&Mailroom::Stub::Send>(Summary);
  return std::move(flow).Build();
}
// [/refund_batch]

}  // namespace refund
