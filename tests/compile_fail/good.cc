// Compiles: what the other snippets would look like without their mistake.
#include "tests/compile_fail/author.h"

namespace author {

skald::Definition Author() {
  Flow flow("good", 1);
  flow.Step("reserve")
      .Call<&Inventory::Stub::Reserve>(StockToReserve, KeepReservation)
      .Compensate<&Inventory::Stub::Release>(StockToRelease);
  flow.Step("charge").Call<&Payments::Stub::Charge>(AmountToCharge, KeepReceipt).Pivot();
  flow.Choose("delivery").When("express", IsExpress, [](Flow& then) {
    then.Step("book_courier").Call<&Shipping::Stub::BookCourier>(Parcel);
  });
  return std::move(flow).Build();
}

skald::Definition AuthorOfEveryKind() {
  BulkFlow flow("good", 1);
  flow.Deadline(absl::Hours(2));
  flow.Exclusive(&BulkState::batch_id, skald::ExclusiveKey::WhenTaken::kQueue);
  flow.Step("batch").Compensate<&Orders::Stub::Reject>(
      [](const BulkState&) { return RejectRequest(); });
  flow.Parallel("both", [](BulkFlow& branches) {
    branches.Sleep("rest", &BulkState::cooling_off);
    branches.Sequence("one", [](BulkFlow& then) {
      then.Sleep("cooling_off", absl::Hours(24));
      then.SleepUntil("renewal_day", &BulkState::renews_at);
    });
  });
  flow.ForEach("refunds", &BulkState::lines,
               [](BulkFlow::Each<Line>& each) {
                 each.Step("pay_back")
                     .Call<&Payments::Stub::Refund>(LineToRefund, KeepRefund)
                     .Map(absl::StatusCode::kNotFound, skald::Outcome::kSucceeded)
                     .Map(absl::StatusCode::kAborted, skald::Outcome::kSucceeded,
                          [](Line& line) { line.set_refund_id("none"); })
                     .NothingToCompensate()
                     .PendingTimeout(absl::Hours(48));
                 each.ForEach("boxes", &Line::boxes, [](BulkFlow::Each<Box>& box) {
                   box.Step("send")
                       .Call<&Payments::Stub::Refund>(
                           [](const BulkState&, const Box&) { return RefundRequest(); },
                           [](const RefundResponse&, const BulkState&, Box&) {})
                       .NothingToCompensate();
                 });
               })
      .Concurrency(8);
  flow.ForEach("vouchers", &BulkState::vouchers, [](BulkFlow::Each<std::string>& each) {
    each.Step("pay_back")
        .Call<&Payments::Stub::Refund>([](const std::string&) { return RefundRequest(); },
                                       [](const RefundResponse&, BulkState&, const std::string&) {})
        .NothingToCompensate();
  });
  flow.ForEach("coats", &BulkState::colors, [](BulkFlow::Each<Color>& each) {
    each.Choose("which").When(
        "red", [](Color color) { return color == COLOR_RED; }, [](auto&) {});
  });
  flow.Repeat("months", [](BulkFlow&) {}).Until(HasEnded).AtMost(36, skald::kContinue);
  flow.Await<CustomerConfirmed>("confirmed", KeepConfirmation)
      .Within(absl::Hours(24), skald::kCompensate);
  flow.Await<CustomerConfirmed>("renewed").Until(&BulkState::renews_at, skald::kContinue);
  flow.Choose("decision").When("ended", HasEnded, [](BulkFlow& then) {
    then.TurnBack("declined", "the batch has ended already");
  });
  flow.Child<ShippingState>("shipping", "ship_order", 2, BulkToShipping, KeepShipping);
  return std::move(flow).Build();
}

}  // namespace author
