// A conversation with a saga of steps: what the test says, and what comes of it.
#include "tester/saga_tester.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tester/tester_testing.h"

namespace skald {
namespace {

using testing::HasSubstr;
using namespace testdata::shop::v1;  // NOLINT: as an author would.
using Saga = SagaTester<OrderState>;

ReleaseRequest Release(const std::string& reservation) {
  ReleaseRequest request;
  request.set_reservation_id(reservation);
  return request;
}

// Started, and the stock is reserved.
void Reserve(Saga& saga) {
  saga.Start(Order());
  saga.Expect<&Inventory::Stub::Reserve>("reserve_stock").Replies(Reserved());
}

// Past the pivot.
void Charge(Saga& saga) {
  Reserve(saga);
  saga.Expect("check_risk").Replies();
  saga.Expect("charge").Replies();
}

TEST(SagaTesterTest, RunsASagaToItsEnd) {
  Saga saga(PlaceOrder());
  saga.Start(Order());
  saga.Expect<&Inventory::Stub::Reserve>(
          "reserve_stock",
          [](const ReserveRequest& request) { EXPECT_EQ(request.lines().at("book"), 2); })
      .Replies(Reserved());
  saga.Expect<&RiskCheck::Stub::Check>("check_risk").Replies();
  ChargeResponse charged;
  charged.set_receipt("receipt-1");
  saga.Expect("charge").Replies(charged);
  saga.Expect("delivery/otherwise/book_post").Replies();
  saga.ExpectCompleted();
  EXPECT_EQ(saga.state().reservation_id(), "r-1");
  EXPECT_EQ(saga.state().receipt(), "receipt-1");
}

TEST(SagaTesterTest, TakesTheArmThatTheStateSays) {
  Saga saga(PlaceOrder());
  OrderState order = Order();
  order.set_express(true);
  saga.Start(order);
  saga.Expect("reserve_stock").Replies();
  saga.Expect("check_risk").Replies();
  saga.Expect("charge").Replies();
  saga.Expect<&Shipping::Stub::BookCourier>("delivery/express/book_courier").Replies();
  saga.ExpectCompleted();
}

TEST(SagaTesterTest, CompensatesWhatCameBeforeARejection) {
  Saga saga(PlaceOrder());
  Reserve(saga);
  saga.Expect("check_risk").Rejects(absl::StatusCode::kFailedPrecondition, "too risky");
  saga.ExpectCompensation<&Inventory::Stub::Release>("reserve_stock", Release("r-1")).Replies();
  saga.ExpectNothing();
  saga.ExpectCompensated(v1::Cause::REJECTED, "check_risk");
}

TEST(SagaTesterTest, TriesALostCallAgainWhenTimePasses) {
  Saga saga(PlaceOrder());
  saga.Start(Order());
  saga.Expect("reserve_stock").Loses();
  saga.ExpectNothing();
  saga.AdvanceToNext();
  auto again = saga.Expect<&Inventory::Stub::Reserve>("reserve_stock");
  EXPECT_EQ(again.attempt(), 2);
  EXPECT_EQ(again.request().order_id(), "o-1");
  again.Replies(Reserved());
  saga.Expect("check_risk").Replies();
}

TEST(SagaTesterTest, LetsCallsThatNobodyAnswersTimeOut) {
  Saga saga(PlaceOrder());
  saga.Start(Order());
  const ExpectedCall first = saga.Expect("reserve_stock");
  saga.Advance(absl::Seconds(4));
  EXPECT_EQ(saga.Expect("reserve_stock").attempt(), 1);
  saga.Advance(absl::Seconds(3));
  EXPECT_EQ(saga.Expect("reserve_stock").attempt(), 2);
  EXPECT_THAT(saga.transcript(), HasSubstr("DEADLINE_EXCEEDED \"nobody answered in time\""));
}

TEST(SagaTesterTest, DelaysAnAnswer) {
  Saga saga(PlaceOrder());
  saga.Start(Order());
  const absl::Time began = saga.now();
  saga.Expect<&Inventory::Stub::Reserve>("reserve_stock")
      .After(absl::Seconds(3))
      .Replies(Reserved());
  EXPECT_EQ(saga.now() - began, absl::Seconds(3));
  saga.Expect("check_risk");
}

TEST(SagaTesterTest, TimesOutWithoutMovingTheClock) {
  Saga saga(PlaceOrder());
  saga.Start(Order());
  const absl::Time began = saga.now();
  saga.Expect("reserve_stock").TimesOut();
  EXPECT_EQ(saga.now(), began);
  saga.ExpectNothing();
}

TEST(SagaTesterTest, CompensatesAnExhaustedStepFirst) {
  Saga saga(PlaceOrder());
  saga.Start(Order());
  saga.Expect("reserve_stock").Exhausts();
  saga.ExpectCompensation<&Inventory::Stub::Release>("reserve_stock", Release("")).Replies();
  saga.ExpectCompensated(v1::Cause::EXHAUSTED, "reserve_stock");
  EXPECT_THAT(saga.transcript(), HasSubstr("reserve_stock/action 8 UNCERTAIN"));
}

TEST(SagaTesterTest, WaitsAsLongAsTheParticipantAsks) {
  Saga saga(PlaceOrder());
  saga.Start(Order());
  saga.Expect("reserve_stock")
      .Fails(absl::StatusCode::kResourceExhausted, "too many", absl::Minutes(2));
  saga.Advance(absl::Minutes(2) - absl::Seconds(1));
  saga.ExpectNothing();
  saga.Advance(absl::Seconds(1));
  saga.Expect("reserve_stock");
}

TEST(SagaTesterTest, CompletesAPendingCall) {
  Saga saga(PlaceOrder());
  saga.Start(Order());
  saga.Expect("reserve_stock").Pends();
  saga.ExpectNothing();
  saga.Advance(absl::Hours(2));
  saga.ExpectPending("reserve_stock").Completes(Reserved());
  EXPECT_EQ(saga.state().reservation_id(), "r-1");
}

TEST(SagaTesterTest, TurnsBackWhenAPendingCallIsCompletedWithARefusal) {
  Saga saga(PlaceOrder());
  saga.Start(Order());
  saga.Expect("reserve_stock").Pends();
  saga.ExpectPending("reserve_stock").CompletesWith(absl::StatusCode::kNotFound, "sold out");
  saga.ExpectCompensated(v1::Cause::REJECTED, "reserve_stock");
}

TEST(SagaTesterTest, AsksAgainForAPendingCallThatSaysWhen) {
  Saga saga(PlaceOrder());
  saga.Start(Order());
  saga.Expect("reserve_stock").Pends(absl::Minutes(5));
  saga.Advance(absl::Minutes(5));
  saga.Expect("reserve_stock").Replies(Reserved());
}

TEST(SagaTesterTest, CompletesAPendingCompensation) {
  Saga saga(PlaceOrder());
  Reserve(saga);
  saga.Cancel();
  saga.Expect("check_risk").Replies();
  saga.ExpectCompensation("reserve_stock").Pends();
  saga.ExpectPendingCompensation("reserve_stock").Completes();
  saga.ExpectCompensated(v1::Cause::CANCELLED);
}

TEST(SagaTesterTest, TurnsBackWhenItIsCancelled) {
  Saga saga(PlaceOrder());
  Reserve(saga);
  saga.Cancel("changed my mind");
  saga.Expect("check_risk").Replies();
  saga.ExpectCompensation("reserve_stock").Replies();
  saga.ExpectCompensated(v1::Cause::CANCELLED);
}

TEST(SagaTesterTest, RefusesACancelAfterThePivot) {
  Saga saga(PlaceOrder());
  Charge(saga);
  saga.ExpectCancelRefused("too late");
  saga.Expect("delivery/otherwise/book_post").Replies();
  saga.ExpectCompleted();
}

TEST(SagaTesterTest, TurnsBackWhenItsDeadlinePasses) {
  Saga saga(PlaceOrder());
  saga.Start(Order(), {.deadline = absl::Minutes(1)});
  saga.Expect("reserve_stock").Pends();
  saga.Advance(absl::Minutes(1));
  saga.ExpectCompensation("reserve_stock").Replies();
  saga.ExpectCompensated(v1::Cause::DEADLINE);
}

TEST(SagaTesterTest, BeginsLaterIfItIsTold) {
  Saga saga(PlaceOrder());
  saga.Start(Order(), {.start_in = absl::Hours(1)});
  saga.Advance(absl::Minutes(59));
  saga.ExpectNothing();
  saga.Advance(absl::Minutes(1));
  saga.Expect("reserve_stock");
}

TEST(SagaTesterTest, GoesOnAfterACrashFromWhatWasStored) {
  Saga saga(PlaceOrder());
  Reserve(saga);
  saga.Crash();
  saga.ExpectNothing();
  saga.AdvanceToNext();
  EXPECT_EQ(saga.Expect("check_risk").attempt(), 2);
  EXPECT_EQ(saga.state().reservation_id(), "r-1");
}

TEST(SagaTesterTest, ParksWhatCannotGoOnUntilAnOperatorRetriesIt) {
  Saga saga(PlaceOrder());
  Charge(saga);
  saga.Expect("delivery/otherwise/book_post").Rejects();
  saga.ExpectParked("delivery/otherwise/book_post");
  saga.Retry("the post is open again");
  saga.Expect("delivery/otherwise/book_post")
      .Rejects(absl::StatusCode::kNotFound, "no such address");
  saga.ExpectParked("delivery/otherwise/book_post", "no such address");
  saga.Skip("sent by hand");
  saga.ExpectCompleted();
}

TEST(SagaTesterTest, ClosesAParkedSagaByHand) {
  Saga saga(PlaceOrder());
  Charge(saga);
  saga.Expect("delivery/otherwise/book_post").Rejects();
  saga.Resolve("called the customer");
  saga.ExpectNothing();
}

TEST(SagaTesterTest, QueuesBehindTheHolderOfItsKey) {
  Flow<OrderState> flow("keyed", 1);
  flow.Exclusive(&OrderState::order_id, ExclusiveKey::WhenTaken::kQueue);
  flow.Step("charge").Call<&Payments::Stub::Charge>(AmountToCharge).NothingToCompensate();
  Saga saga(std::move(flow).Build());
  saga.Start(Order(), {.key = StartOptions::Key::kTaken});
  saga.Advance(absl::Hours(1));
  saga.ExpectNothing();
  saga.FreeKey();
  saga.Expect("charge").Replies();
  saga.ExpectCompleted();
}

TEST(SagaTesterTest, TellsAllThatHappenedInItsTranscript) {
  Saga saga(PlaceOrder());
  OrderState order;
  order.set_order_id("o-1");
  saga.Start(order);
  saga.Expect<&Inventory::Stub::Reserve>("reserve_stock")
      .After(absl::Seconds(2))
      .Replies(Reserved());
  EXPECT_EQ(saga.transcript(),
            "+0 start saga => r1 RUNNING: STARTED; reserve_stock/action 1 sent\n"
            "    with {order_id: \"o-1\"}\n"
            "    -> 'reserve_stock' calls /skald.testdata.shop.v1.Inventory/Reserve "
            "{order_id: \"o-1\"}\n"
            "+2s reply reserve_stock/action 1 OK => r2 RUNNING: reserve_stock/action 1 SUCCEEDED; "
            "check_risk/action 1 sent\n"
            "    with {reservation_id: \"r-1\"}\n"
            "    -> 'check_risk' calls /skald.testdata.shop.v1.RiskCheck/Check "
            "{order_id: \"o-1\"}\n");
}

}  // namespace
}  // namespace skald
