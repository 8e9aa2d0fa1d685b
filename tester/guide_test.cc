// What docs/GUIDE.md shows of testing a definition.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tester/orders.h"
#include "tester/saga_tester.h"
#include "tester/sweep.h"
#include "tester/tester_testing.h"

namespace skald {
namespace {

using namespace testdata::shop::v1;  // NOLINT: as an author would.

using TripState = BulkState;

Definition BookTrip() {
  Flow<TripState> flow("book_trip", 1);
  flow.Parallel("bookings", [](Flow<TripState>& branches) {
    branches.Step("hotel")
        .Call<&Payments::Stub::Refund>(BatchToRefund, KeepTracking)
        .Compensate<&Payments::Stub::Refund>(BatchToRefund);
    branches.Step("flight")
        .Call<&Payments::Stub::Refund>(BatchToRefund, KeepConfirmer)
        .Compensate<&Payments::Stub::Refund>(BatchToRefund);
  });
  return std::move(flow).Build();
}

TripState Trip() { return Batch(); }

RefundResponse Booked(const std::string& id) { return Refunded(id); }

// [conversation]
TEST(PlaceOrderTest, GivesTheStockBackWhenTheOrderIsTooRisky) {
  skald::SagaTester<OrderState> saga(PlaceOrder());
  saga.Start(Order());
  saga.Expect<&Inventory::Stub::Reserve>(
          "reserve_stock",
          [](const ReserveRequest& request) { EXPECT_EQ(request.lines().at("book"), 2); })
      .Replies(Reserved());
  saga.Expect("check_risk").Loses();  // Nobody knows: it is tried again when time passes.
  saga.AdvanceToNext();
  saga.Expect("check_risk").Rejects(absl::StatusCode::kFailedPrecondition, "too risky");
  ReleaseRequest release;
  release.set_reservation_id("r-1");
  saga.ExpectCompensation<&Inventory::Stub::Release>("reserve_stock", release).Replies();
  saga.ExpectCompensated(skald::v1::Cause::REJECTED, "check_risk");
}
// [/conversation]

// [orders]
TEST(BookTripTest, DoesNotDependOnWhoAnswersFirst) {
  skald::TryOrders<TripState>(BookTrip(), [](skald::SagaTester<TripState>& saga) {
    saga.Start(Trip());
    saga.Expect("bookings/hotel").Replies(Booked("hotel-1"));
    saga.Expect("bookings/flight").Replies(Booked("flight-1"));
    saga.ExpectCompleted();
  });
}
// [/orders]

// [sweep]
TEST(PlaceOrderTest, SurvivesTroubleInEveryPlace) {
  skald::Sweep(PlaceOrder(), Order(), skald::SweepOptions().Reply("reserve_stock", Reserved()));
}
// [/sweep]

}  // namespace
}  // namespace skald
