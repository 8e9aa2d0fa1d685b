// One test, with the replies of calls that are under way at once in every order.
#include "tester/orders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

#include "tester/choices.h"
#include "tester/tester_testing.h"

namespace skald {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using namespace testdata::shop::v1;  // NOLINT: as an author would.
using Flow = Flow<BulkState>;
using Saga = SagaTester<BulkState>;

template <typename Keep>
void AddStep(Flow& flow, const std::string& name, Keep keep) {
  flow.Step(name).template Call<&Payments::Stub::Refund>(BatchToRefund, keep).NothingToCompensate();
}

template <typename Left, typename Right>
Definition Branches(Left left, Right right) {
  Flow flow("branches", 1);
  flow.Parallel("both", [&](Flow& branches) {
    AddStep(branches, "left", left);
    AddStep(branches, "right", right);
  });
  return std::move(flow).Build();
}

void AnswerBoth(Saga& saga) {
  saga.Start(Batch());
  saga.Expect("both/left").Replies(Refunded("L"));
  saga.Expect("both/right").Replies(Refunded("R"));
  saga.ExpectCompleted();
}

TEST(OrdersTest, FindsNothingWhereBranchesWriteFieldsOfTheirOwn) {
  const OrdersTried tried = TryOrders<BulkState>(Branches(KeepTracking, KeepConfirmer), AnswerBoth);
  EXPECT_EQ(tried.runs, 2);
  EXPECT_TRUE(tried.all);
}

TEST(OrdersTest, SaysWhichFieldTheLastWriterWins) {
  EXPECT_EQ(
      FailureOf([] { TryOrders<BulkState>(Branches(KeepTracking, KeepTracking), AnswerBoth); }),
      "the order of replies makes a difference: the state differs:\n"
      "modified: tracking: \"R\" -> \"L\"\n"
      "  (first order -> second order)\n"
      "  first order:  both/left, both/right\n"
      "  second order: both/right, both/left");
}

TEST(OrdersTest, FindsADifferenceOnTheWayThatIsGoneInTheEnd) {
  Flow flow("branches", 1);
  flow.Parallel("both", [](Flow& branches) {
    AddStep(branches, "left", KeepTracking);
    AddStep(branches, "right", KeepTracking);
  });
  AddStep(flow, "mend", [](const RefundResponse&, BulkState& bulk) { bulk.set_tracking("same"); });
  flow.Step("after")
      .Call<&Inventory::Stub::Release>([](const BulkState&) { return ReleaseRequest(); })
      .NothingToCompensate();
  const Definition definition = std::move(flow).Build();
  EXPECT_THAT(FailureOf([&] {
                TryOrders<BulkState>(definition, [](Saga& saga) {
                  saga.Start(Batch());
                  saga.Expect("both/left").Replies(Refunded("L"));
                  saga.Expect("both/right").Replies(Refunded("R"));
                  saga.Expect("mend").Replies();
                  saga.Expect("after").Replies();
                  saga.ExpectCompleted();
                });
              }),
              HasSubstr("the request of 'mend' differs:\nmodified: what: \"R\" -> \"L\""));
}

// A branch of two steps beside one of one: three orders, as the second step follows the first.
Definition SeatAndMeal() {
  Flow flow("trip", 1);
  flow.Parallel("trip", [](Flow& branches) {
    AddStep(branches, "hotel", KeepTracking);
    branches.Sequence("flight", [](Flow& then) {
      AddStep(then, "seat", KeepConfirmer);
      then.Step("meal")
          .Call<&Payments::Stub::Refund>([](const BulkState& bulk) {
            RefundRequest request;
            request.set_what(bulk.confirmed_by());
            return request;
          })
          .NothingToCompensate();
    });
  });
  return std::move(flow).Build();
}

TEST(OrdersTest, InterleavesBranchesInEveryWay) {
  std::set<std::string> transcripts;
  const OrdersTried tried = TryOrders<BulkState>(SeatAndMeal(), [&](Saga& saga) {
    saga.Start(Batch());
    saga.Expect("trip/hotel").Replies(Refunded("H"));
    saga.Expect("trip/flight/seat").Replies(Refunded("S"));
    saga.Expect("trip/flight/meal").Replies();
    saga.ExpectCompleted();
    transcripts.insert(saga.transcript());
  });
  EXPECT_EQ(tried.runs, 3);
  EXPECT_EQ(transcripts.size(), 3u);
}

TEST(OrdersTest, FindsARequestThatDependsOnAnotherBranch) {
  Flow flow("trip", 1);
  flow.Parallel("trip", [](Flow& branches) {
    AddStep(branches, "hotel", KeepTracking);
    branches.Sequence("flight", [](Flow& then) {
      AddStep(then, "seat", KeepConfirmer);
      AddStep(then, "meal", KeepConfirmer);
    });
  });
  const Definition definition = std::move(flow).Build();
  EXPECT_THAT(FailureOf([&] {
                TryOrders<BulkState>(definition, [](Saga& saga) {
                  saga.Start(Batch());
                  saga.Expect("trip/hotel").Replies(Refunded("H"));
                  saga.Expect("trip/flight/seat").Replies();
                  saga.Expect("trip/flight/meal").Replies();
                });
              }),
              AllOf(HasSubstr("the request of 'trip/flight/meal' differs:"),
                    HasSubstr("what: \"H\""), HasSubstr("second order: trip/flight/seat, ")));
}

TEST(OrdersTest, LooksIntoTheStatesOfChildren) {
  skald::Flow<ShippingState> ship("ship_order", 1);
  ship.Parallel("both", [](skald::Flow<ShippingState>& branches) {
    for (const char* name : {"left", "right"}) {
      branches.Step(name)
          .Call<&Payments::Stub::Refund>([](const ShippingState&) { return RefundRequest(); },
                                         [](const RefundResponse& reply, ShippingState& shipping) {
                                           shipping.set_tracking(reply.refund_id());
                                         })
          .NothingToCompensate();
    }
  });
  Flow flow("bulk", 1);
  flow.Child<ShippingState>("shipping", "ship_order", 1, BulkToShipping);
  const Testable testable({std::move(flow).Build(), std::move(ship).Build()}, "bulk");
  EXPECT_THAT(FailureOf([&] {
                TryOrders<BulkState>(testable, [](Saga& saga) {
                  saga.Start(Batch());
                  saga.Expect("shipping/both/left").Replies(Refunded("L"));
                  saga.Expect("shipping/both/right").Replies(Refunded("R"));
                });
              }),
              HasSubstr("the state of child 'shipping' differs:\nmodified: tracking: "
                        "\"R\" -> \"L\""));
}

TEST(OrdersTest, SaysInWhichOrderTheTestItselfFails) {
  const std::string failure = FailureOf([] {
    TryOrders<BulkState>(Branches(KeepTracking, KeepConfirmer), [](Saga& saga) {
      saga.Start(Batch());
      saga.Expect("both/left").Rejects();
      saga.Expect("both/right").Rejects();
      saga.ExpectCompensated(v1::Cause::REJECTED, "both/left");
    });
  });
  EXPECT_THAT(failure, AllOf(HasSubstr("with the replies in another order than the test's: "
                                       "both/right, both/left\n"),
                             HasSubstr("REJECTED at 'both/right'")));
}

TEST(OrdersTest, PassesOnWhatFailsInTheOrderOfTheTest) {
  EXPECT_THAT(FailureOf([] {
                TryOrders<BulkState>(Branches(KeepTracking, KeepConfirmer), [](Saga& saga) {
                  saga.Start(Batch());
                  saga.ExpectCompleted();
                });
              }),
              HasSubstr("the saga was expected to be COMPLETED."));
}

TEST(OrdersTest, DrawsOrdersWhereThereAreMoreThanTheBound) {
  Flow flow("bulk", 1);
  flow.ForEach("refunds", &BulkState::lines,
               [](Flow::Each<Line>& each) {
                 each.Step("pay_back")
                     .Call<&Payments::Stub::Refund>(LineToRefund, KeepRefund)
                     .NothingToCompensate();
               })
      .Concurrency(6);
  const Testable testable(std::move(flow).Build());
  std::set<std::string> transcripts;
  const auto test = [&](Saga& saga) {
    BulkState bulk = Batch();
    for (const char* sku : {"d", "e", "f"}) bulk.add_lines()->set_sku(sku);
    saga.Start(bulk);
    for (int i = 1; i <= 6; ++i) {
      saga.Expect("refunds/" + std::to_string(i) + "/pay_back").Replies();
    }
    saga.ExpectCompleted();
    transcripts.insert(saga.transcript());
  };
  const OrdersTried tried = TryOrders<BulkState>(testable, test, {.most = 20});
  EXPECT_EQ(tried.runs, 20);
  EXPECT_FALSE(tried.all);
  EXPECT_GT(transcripts.size(), 15u);
  const std::set<std::string> first = transcripts;
  transcripts.clear();
  TryOrders<BulkState>(testable, test, {.most = 20});
  EXPECT_EQ(transcripts, first);
  EXPECT_EQ(TryOrders<BulkState>(testable, test, {.most = 720}).runs, 720);
}

TEST(ChoicesTest, GoesThroughEveryOrderOnce) {
  internal::Choices choices(100, 1);
  std::set<std::string> orders;
  do {
    std::string left = "abcd", order;
    while (!left.empty()) {
      const auto next = static_cast<size_t>(choices.Next(static_cast<int>(left.size())));
      order += left[next];
      left.erase(next, 1);
    }
    EXPECT_TRUE(orders.insert(order).second) << order;
  } while (choices.GoOn());
  EXPECT_EQ(orders.size(), 24u);
  EXPECT_TRUE(choices.all());
}

}  // namespace
}  // namespace skald
