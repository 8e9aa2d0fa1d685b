// What a failed expectation says: what was expected, what is the case, what to write instead.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tester/saga_tester.h"
#include "tester/tester_testing.h"

namespace skald {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using namespace testdata::shop::v1;  // NOLINT: as an author would.
using Saga = SagaTester<OrderState>;

// Started: reserve_stock is under way.
struct Started {
  Started() { saga.Start(Order()); }
  Saga saga{PlaceOrder()};
};

TEST(SagaTesterFailureTest, ListsTheCallsThatAreUnderWay) {
  Started test;
  EXPECT_EQ(FailureOf([&] { test.saga.Expect("charge"); }),
            "'charge' is not called now. The saga has not come to it. Under way: 'reserve_stock' "
            "(/skald.testdata.shop.v1.Inventory/Reserve).");
}

TEST(SagaTesterFailureTest, CarriesTheTranscript) {
  Started test;
  try {
    test.saga.ExpectCompleted();
    FAIL();
  } catch (const std::exception& failure) {
    EXPECT_THAT(failure.what(),
                AllOf(HasSubstr("the saga was expected to be COMPLETED. Under way: "),
                      HasSubstr("\n\nTranscript:\n+0 start saga => r1 RUNNING: STARTED; "
                                "reserve_stock/action 1 sent\n    with {order_id: \"o-1\"")));
  }
}

TEST(SagaTesterFailureTest, GuessesWhatAMisspeltStepWasToBe) {
  Started test;
  EXPECT_EQ(FailureOf([&] { test.saga.Expect("reserve_stok"); }),
            "'reserve_stok' is not called now. place_order@3 has no step 'reserve_stok': did you "
            "mean 'reserve_stock'? Its steps: reserve_stock, check_risk, charge, "
            "delivery/express/book_courier, delivery/otherwise/book_post.");
}

TEST(SagaTesterFailureTest, SaysWhenACallIsTriedAgain) {
  Started test;
  test.saga.Expect("reserve_stock").Loses();
  EXPECT_THAT(FailureOf([&] { test.saga.Expect("reserve_stock"); }),
              AllOf(HasSubstr("'reserve_stock' is tried again in "),
                    HasSubstr("AdvanceToNext(), or Advance(...) so far. No call is under way, the "
                              "saga is RUNNING")));
}

TEST(SagaTesterFailureTest, SaysThatACallIsPending) {
  Started test;
  test.saga.Expect("reserve_stock").Pends();
  EXPECT_THAT(FailureOf([&] { test.saga.Expect("reserve_stock"); }),
              HasSubstr("'reserve_stock' is pending: ExpectPending(\"reserve_stock\")."));
}

TEST(SagaTesterFailureTest, SaysThatTheOtherCallOfTheStepIsMeant) {
  Started test;
  test.saga.Expect("reserve_stock").Replies();
  test.saga.Expect("check_risk").Rejects();
  EXPECT_THAT(FailureOf([&] { test.saga.Expect("reserve_stock"); }),
              HasSubstr("the compensation of 'reserve_stock' is called now: "
                        "ExpectCompensation(\"reserve_stock\")."));
  EXPECT_THAT(FailureOf([&] { test.saga.ExpectCompensation("charge"); }),
              HasSubstr("'charge' has no compensation."));
}

TEST(SagaTesterFailureTest, SaysWhyTheSagaTurnedBack) {
  Started test;
  test.saga.Expect("reserve_stock").Rejects(absl::StatusCode::kNotFound, "sold out");
  EXPECT_EQ(FailureOf([&] { test.saga.ExpectCompensated(v1::Cause::CANCELLED); }),
            "the saga was expected to turn back because of CANCELLED. The saga is COMPENSATED, "
            "because of REJECTED at 'reserve_stock' \"sold out\".");
}

TEST(SagaTesterFailureTest, TellsADifferentRequestFieldByField) {
  Started test;
  ReserveRequest expected;
  expected.set_order_id("o-2");
  (*expected.mutable_lines())["book"] = 2;
  EXPECT_EQ(
      FailureOf([&] { test.saga.Expect<&Inventory::Stub::Reserve>("reserve_stock", expected); }),
      "the request of 'reserve_stock' is not the one that was expected (expected -> sent):\n"
      "modified: order_id: \"o-2\" -> \"o-1\"");
  EXPECT_EQ(FailureOf([&] {
              test.saga.Expect<&Inventory::Stub::Reserve>(
                  "reserve_stock", [](const ReserveRequest&) { return false; });
            }),
            "the request of 'reserve_stock' is not as expected: {order_id: \"o-1\" lines { key: "
            "\"book\" value: 2 }}");
}

TEST(SagaTesterFailureTest, RefusesAnotherMethodThanTheOneThatIsCalled) {
  Started test;
  EXPECT_THAT(FailureOf([&] { test.saga.Expect<&RiskCheck::Stub::Check>("reserve_stock"); }),
              HasSubstr("'reserve_stock' calls /skald.testdata.shop.v1.Inventory/Reserve, and "
                        "/skald.testdata.shop.v1.RiskCheck/Check was expected."));
}

TEST(SagaTesterFailureTest, RefusesAnAnswerThatTheMethodDoesNotGive) {
  Started test;
  EXPECT_THAT(FailureOf([&] { test.saga.Expect("reserve_stock").Replies(CheckResponse()); }),
              HasSubstr("'reserve_stock' answers with a skald.testdata.shop.v1.ReserveResponse, "
                        "and is given a skald.testdata.shop.v1.CheckResponse."));
}

TEST(SagaTesterFailureTest, RefusesARejectionThatIsNoClearNo) {
  Started test;
  EXPECT_THAT(
      FailureOf([&] { test.saga.Expect("reserve_stock").Rejects(absl::StatusCode::kUnavailable); }),
      HasSubstr("Rejects(UNAVAILABLE): that is no clear no of 'reserve_stock'; write "
                "Fails(UNAVAILABLE)."));
}

TEST(SagaTesterFailureTest, RefusesTheSecondAnswerToOneCall) {
  Started test;
  ExpectedCall call = test.saga.Expect("reserve_stock");
  call.Replies();
  EXPECT_THAT(FailureOf([&] { call.Replies(); }),
              HasSubstr("attempt 1 of 'reserve_stock' is not under way any more: it was answered, "
                        "or has timed out."));
  EXPECT_THAT(FailureOf([&] { test.saga.Expect("check_risk").After(absl::Minutes(1)).Replies(); }),
              HasSubstr("or has timed out."));
}

TEST(SagaTesterFailureTest, SaysWhatWasNotExpectedToBeUnderWay) {
  Started test;
  EXPECT_THAT(FailureOf([&] { test.saga.ExpectNothing(); }),
              HasSubstr("no call was expected. Under way: 'reserve_stock'"));
}

TEST(SagaTesterFailureTest, SaysWhatServersWouldRefuse) {
  Started test;
  EXPECT_THAT(FailureOf([&] { test.saga.Signal("customer_confirms", CustomerConfirmed()); }),
              HasSubstr("the signal 'customer_confirms' was refused, with "));
  EXPECT_THAT(FailureOf([&] { test.saga.Retry(); }),
              HasSubstr("the retry was refused, with FAILED_PRECONDITION"));
  EXPECT_THAT(FailureOf([&] { test.saga.ExpectCancelRefused(); }),
              HasSubstr("the cancel was to be refused, and was accepted."));
}

TEST(SagaTesterFailureTest, AsksForTheSagaToBeStartedFirstAndOnce) {
  Saga saga(PlaceOrder());
  EXPECT_EQ(FailureOf([&] { saga.Expect("charge"); }),
            "a call is expected before the saga began. The saga has not been started: Start(...).");
  saga.Start(Order());
  EXPECT_THAT(FailureOf([&] { saga.Start(Order()); }), HasSubstr("take another SagaTester"));
}

TEST(SagaTesterFailureTest, MovesNoClockBackAndNoneForEver) {
  Started test;
  EXPECT_THAT(FailureOf([&] { test.saga.Advance(-absl::Seconds(1)); }),
              HasSubstr("Advance(-1s): the clock goes forward, and not for ever."));
  test.saga.Expect("reserve_stock").Rejects();
  EXPECT_THAT(FailureOf([&] { test.saga.AdvanceToNext(); }),
              HasSubstr("nothing happens by itself. The saga is COMPENSATED"));
}

TEST(SagaTesterFailureTest, NamesTheNumberThatAPathInALoopLacks) {
  Flow<BulkState> flow("bulk", 1);
  flow.ForEach("refunds", &BulkState::lines, [](Flow<BulkState>::Each<Line>& each) {
    each.Step("pay_back").Call<&Payments::Stub::Refund>(LineToRefund).NothingToCompensate();
  });
  flow.Await<CustomerConfirmed>("customer_confirms").Forever();
  SagaTester<BulkState> saga(std::move(flow).Build());
  saga.Start(Batch());
  EXPECT_THAT(FailureOf([&] { saga.Expect("refunds/pay_back"); }),
              HasSubstr("'refunds/pay_back' is in a loop: say which element or round is meant, "
                        "from 1, as in 'refunds/1/pay_back'."));
  EXPECT_THAT(FailureOf([&] { saga.ExpectWaiting("customer_confirms"); }),
              HasSubstr("'customer_confirms' does not wait now: the saga has not come to it."));
  for (const char* step : {"refunds/1/pay_back", "refunds/2/pay_back", "refunds/3/pay_back"}) {
    saga.Expect(step).Replies();
  }
  EXPECT_THAT(FailureOf([&] { saga.ExpectCompleted(); }),
              HasSubstr("No call is under way, the saga is RUNNING: 'customer_confirms' waits: "
                        "Signal(\"customer_confirms\", ...)."));
  EXPECT_THAT(FailureOf([&] { saga.Signal("customer_confirms", Line()); }),
              HasSubstr("'customer_confirms' takes a skald.testdata.shop.v1.CustomerConfirmed, "
                        "and is sent a skald.testdata.shop.v1.Line."));
  EXPECT_THAT(FailureOf([&] { (void)saga.StateOfChild<Line>("refunds"); }),
              HasSubstr("bulk@1 has no child 'refunds'."));
}

TEST(SagaTesterFailureTest, RefusesWhatNoServerWouldStartWith) {
  Flow<OrderState> flow("Bad Name", 1);
  flow.Step("charge").Call<&Payments::Stub::Charge>(AmountToCharge);
  const Definition bad = std::move(flow).Build();
  EXPECT_THAT(FailureOf([&] { Saga saga(bad); }),
              AllOf(HasSubstr("no server would start with these definitions:\n"),
                    HasSubstr("Bad Name"), HasSubstr("NothingToCompensate")));
  EXPECT_EQ(FailureOf([&] { SagaTester<BulkState> saga(PlaceOrder()); }),
            "the state of place_order@3 is a skald.testdata.shop.v1.OrderState, not a "
            "skald.testdata.shop.v1.BulkState: write SagaTester<...> with the former");
  EXPECT_EQ(FailureOf([&] { Saga saga(Testable({PlaceOrder()}, "place_ordr")); }),
            "'place_ordr' is not among the definitions (place_order@3)");
}

TEST(SagaTesterFailureTest, SaysThatAKeyThatIsTakenKeepsTheSagaFromStarting) {
  Saga saga(PlaceOrder());
  EXPECT_THAT(FailureOf([&] { saga.Start(Order(), {.key = StartOptions::Key::kTaken}); }),
              HasSubstr("a key is taken, and this saga has none."));
}

}  // namespace
}  // namespace skald
