// Conversations with sagas of every kind of node.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tester/saga_tester.h"
#include "tester/sweep.h"
#include "tester/tester_testing.h"

namespace skald {
namespace {

using testing::HasSubstr;
using namespace testdata::shop::v1;  // NOLINT: as an author would.
using Flow = Flow<BulkState>;
using Saga = SagaTester<BulkState>;

Definition TwoBranches() {
  Flow flow("two", 1);
  flow.Parallel("both", [](Flow& branches) {
    branches.Step("left")
        .Call<&Payments::Stub::Refund>(BatchToRefund, KeepTracking)
        .NothingToCompensate();
    branches.Step("right")
        .Call<&Payments::Stub::Refund>(BatchToRefund, KeepConfirmer)
        .Compensate<&Payments::Stub::Refund>(BatchToRefund);
  });
  return std::move(flow).Build();
}

TEST(SagaTesterKindsTest, AnswersBranchesInAnyOrder) {
  Saga saga(TwoBranches());
  saga.Start(Batch());
  auto left = saga.Expect<&Payments::Stub::Refund>("both/left");
  saga.Expect("both/right").Replies(Refunded("R"));
  saga.Expect("both/left");
  left.Replies(Refunded("L"));
  saga.ExpectCompleted();
  EXPECT_EQ(saga.state().tracking() + saga.state().confirmed_by(), "LR");
}

TEST(SagaTesterKindsTest, CompensatesABranchWhoseNeighbourIsRefused) {
  Saga saga(TwoBranches());
  saga.Start(Batch());
  saga.Expect("both/left").Rejects();
  saga.Expect("both/right").Replies();
  saga.ExpectCompensation("both/right").Replies();
  saga.ExpectCompensated(v1::Cause::REJECTED, "both/left");
}

TEST(SagaTesterKindsTest, GoesThroughElementsByTheirNumbers) {
  Flow flow("bulk", 1);
  flow.ForEach("refunds", &BulkState::lines,
               [](Flow::Each<Line>& each) {
                 each.Step("pay_back")
                     .Call<&Payments::Stub::Refund>(LineToRefund, KeepRefund)
                     .NothingToCompensate();
               })
      .Concurrency(2);
  Saga saga(std::move(flow).Build());
  saga.Start(Batch());
  saga.Expect<&Payments::Stub::Refund>(
          "refunds/2/pay_back",
          [](const RefundRequest& request) { return request.what() == "pot"; })
      .Replies(Refunded("second"));
  saga.Expect("refunds/1/pay_back").Replies(Refunded("first"));
  saga.Expect("refunds/3/pay_back").Replies(Refunded("third"));
  saga.ExpectCompleted();
  EXPECT_EQ(saga.state().lines(1).refund_id(), "second");
}

TEST(SagaTesterKindsTest, SendsTheSignalThatAnAwaitWaitsFor) {
  Flow flow("bulk", 1);
  flow.Await<CustomerConfirmed>("customer_confirms", KeepConfirmation)
      .Within(absl::Hours(24), kCompensate);
  flow.Step("tell").Call<&Payments::Stub::Refund>(BatchToRefund).NothingToCompensate();
  const Testable testable(std::move(flow).Build());
  CustomerConfirmed signal;
  signal.set_by("Ann");

  Saga saga(testable);
  saga.Start(Batch());
  saga.ExpectWaiting("customer_confirms");
  saga.Advance(absl::Hours(23));
  saga.Signal("customer_confirms", signal);
  saga.Expect("tell").Replies();
  saga.ExpectCompleted();
  EXPECT_EQ(saga.state().confirmed_by(), "Ann");
  saga.ExpectSignalRefused("customer_confirms", signal);

  Saga in_vain(testable);
  in_vain.Start(Batch());
  in_vain.Advance(absl::Hours(24));
  in_vain.ExpectCompensated();
}

TEST(SagaTesterKindsTest, KeepsASignalThatComesEarly) {
  Flow flow("bulk", 1);
  flow.Step("tell").Call<&Payments::Stub::Refund>(BatchToRefund).NothingToCompensate();
  flow.Await<CustomerConfirmed>("customer_confirms", KeepConfirmation).Forever();
  Saga saga(std::move(flow).Build());
  saga.Start(Batch());
  CustomerConfirmed signal;
  signal.set_by("Ann");
  saga.Signal("customer_confirms", signal);
  saga.Expect("tell").Replies();
  saga.ExpectCompleted();
  EXPECT_EQ(saga.state().confirmed_by(), "Ann");
}

TEST(SagaTesterKindsTest, SleepsUntilTheClockIsMoved) {
  Flow flow("bulk", 1);
  flow.Sleep("cooling_off", absl::Hours(24));
  flow.Sleep("again", absl::Hours(24));
  flow.Step("tell").Call<&Payments::Stub::Refund>(BatchToRefund).NothingToCompensate();
  Saga saga(std::move(flow).Build());
  saga.Start(Batch());
  saga.ExpectWaiting("cooling_off");
  saga.Advance(absl::Hours(30));
  saga.ExpectWaiting("again");
  saga.Advance(absl::Hours(18));
  saga.Expect("tell").Replies();
  saga.ExpectCompleted();
}

TEST(SagaTesterKindsTest, ShowsChoosesWhichMappedAnswerCame) {
  Flow flow("bulk", 1);
  flow.Step("file")
      .Call<&Payments::Stub::Refund>(BatchToRefund, KeepTracking)
      .Map(absl::StatusCode::kNotFound, Outcome::kSucceeded,
           [](BulkState& bulk) { bulk.set_ended(true); })
      .NothingToCompensate();
  flow.Choose("was").When("ended", &BulkState::ended, [](Flow& then) {
    then.TurnBack("gone", "the account was closed before");
  });
  Saga saga(std::move(flow).Build());
  saga.Start(Batch());
  saga.Expect("file").Fails(absl::StatusCode::kNotFound);
  saga.ExpectCompensated(v1::Cause::REJECTED, "was/ended/gone");
  EXPECT_TRUE(saga.state().ended());
}

TEST(SagaTesterKindsTest, StopsAwaitingAtATimeOfTheState) {
  Flow flow("bulk", 1);
  flow.Await<CustomerConfirmed>("customer_confirms", KeepConfirmation)
      .Until(&BulkState::renews_at, kContinue);
  flow.Step("tell").Call<&Payments::Stub::Refund>(BatchToRefund).NothingToCompensate();
  Saga saga(std::move(flow).Build());
  BulkState batch = Batch();
  batch.mutable_renews_at()->set_seconds(absl::ToUnixSeconds(saga.now() + absl::Hours(30)));
  saga.Start(batch);
  saga.Advance(absl::Hours(29));
  saga.ExpectWaiting("customer_confirms");
  saga.Advance(absl::Hours(1));
  saga.Expect("tell").Replies();
  saga.ExpectCompleted();
}

TEST(SagaTesterKindsTest, TurnsBackWhereTheDefinitionSaysNo) {
  Flow flow("bulk", 1);
  flow.Step("file")
      .Call<&Payments::Stub::Refund>(BatchToRefund, KeepTracking)
      .Compensate<&Payments::Stub::Refund>(BatchToRefund);
  flow.Choose("decision")
      .When(
          "low", [](const BulkState& bulk) { return bulk.tracking() == "low"; },
          [](Flow& then) { then.TurnBack("declined", "the score is too low"); });
  const Definition definition = std::move(flow).Build();
  Saga saga(definition);
  saga.Start(Batch());
  saga.Expect("file").Replies(Refunded("low"));
  saga.ExpectCompensation("file").Replies();
  saga.ExpectCompensated(v1::Cause::REJECTED, "decision/low/declined");
  const SweepResult result =
      Sweep(definition, Batch(), SweepOptions().Reply("file", Refunded("low")));
  EXPECT_EQ(result.completed, 0);
  EXPECT_GT(result.compensated, 5);
}

TEST(SagaTesterKindsTest, RepeatsRoundsByTheirNumbers) {
  Flow flow("bulk", 1);
  flow.Repeat("months",
              [](Flow& month) {
                month.Step("bill")
                    .Call<&Payments::Stub::Refund>(BatchToRefund, KeepTracking)
                    .NothingToCompensate();
              })
      .Until([](const BulkState& bulk) { return bulk.tracking() == "last"; })
      .AtMost(12, kContinue);
  Saga saga(std::move(flow).Build());
  saga.Start(Batch());
  saga.Expect("months/1/bill").Replies(Refunded("first"));
  saga.Expect("months/2/bill").Replies(Refunded("last"));
  saga.ExpectCompleted();
}

TEST(SagaTesterKindsTest, ShowsTheStateOfAChild) {
  skald::Flow<ShippingState> ship("ship_order", 2);
  ship.Step("book")
      .Call<&Payments::Stub::Refund>(
          [](const ShippingState& shipping) {
            RefundRequest request;
            request.set_what(shipping.order_id());
            return request;
          },
          [](const RefundResponse& reply, ShippingState& shipping) {
            shipping.set_tracking(reply.refund_id());
          })
      .NothingToCompensate();
  ship.Sleep("pack", absl::Hours(1));
  Flow flow("bulk", 1);
  flow.Child<ShippingState>("shipping", "ship_order", 2, BulkToShipping, KeepShipping);
  Saga saga({std::move(flow).Build(), std::move(ship).Build()}, "bulk");
  saga.Start(Batch());
  saga.Expect("shipping/book").Replies(Refunded("t-1"));
  EXPECT_EQ(saga.StateOfChild<ShippingState>("shipping").tracking(), "t-1");
  EXPECT_EQ(saga.state().tracking(), "");
  saga.Advance(absl::Hours(1));
  saga.ExpectCompleted();
  EXPECT_EQ(saga.state().tracking(), "t-1");
}

TEST(SagaTesterKindsTest, FindsFunctionsThatAreNotPure) {
  Flow flow("bulk", 1);
  int calls = 0;
  flow.Step("count")
      .Call<&Payments::Stub::Refund>([&calls](const BulkState&) {
        RefundRequest request;
        request.set_what(std::to_string(++calls));
        return request;
      })
      .NothingToCompensate();
  Saga saga(std::move(flow).Build());
  EXPECT_THAT(FailureOf([&] { saga.Start(Batch()); }), HasSubstr("bulk@1 is not pure"));
}

}  // namespace
}  // namespace skald
