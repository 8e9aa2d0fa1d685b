// A whole definition in one line: trouble in every place, and a look at the books.
#include "tester/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tester/tester_testing.h"
#include "tester/trial.h"

namespace skald {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using namespace testdata::shop::v1;  // NOLINT: as an author would.
using Flow = Flow<BulkState>;

// Every kind of node, each with a compensation.
Definition Everything() {
  Flow flow("everything", 1);
  flow.Step("mark").Compensate<&Payments::Stub::Refund>(BatchToRefund);
  flow.Parallel("both", [](Flow& branches) {
    branches.Step("left")
        .Call<&Payments::Stub::Refund>(BatchToRefund, KeepTracking)
        .Compensate<&Payments::Stub::Refund>(BatchToRefund);
    branches
        .ForEach("lines", &BulkState::lines,
                 [](Flow::Each<Line>& each) {
                   each.Step("pay")
                       .Call<&Payments::Stub::Refund>(LineToRefund, KeepRefund)
                       .Compensate<&Payments::Stub::Refund>(LineToRefund);
                 })
        .Concurrency(2);
  });
  flow.Repeat("rounds",
              [](Flow& round) {
                round.Step("ask")
                    .Call<&Payments::Stub::Refund>(BatchToRefund, KeepConfirmer)
                    .Compensate<&Payments::Stub::Refund>(BatchToRefund);
              })
      .Until([](const BulkState& bulk) { return bulk.confirmed_by() == "yes"; })
      .AtMost(3, kCompensate);
  flow.Await<CustomerConfirmed>("customer_confirms").Within(absl::Hours(24), kCompensate);
  flow.Sleep("cooling_off", absl::Hours(1));
  flow.Step("last").Call<&Payments::Stub::Refund>(BatchToRefund).Pivot();
  return std::move(flow).Build();
}

TEST(SweepTest, RunsADefinitionThroughTroubleInEveryPlace) {
  const SweepResult result = Sweep(PlaceOrder(), Order());
  EXPECT_GT(result.runs, 20);
  EXPECT_GT(result.completed, 5);
  EXPECT_GT(result.compensated, 5);
  EXPECT_EQ(result.completed + result.compensated, result.runs);
}

TEST(SweepTest, GivesTheRepliesOfTheTest) {
  const SweepResult result = Sweep(Everything(), Batch(),
                                   SweepOptions()
                                       .Reply("rounds/ask", Refunded("yes"))
                                       .Signal("customer_confirms", CustomerConfirmed()));
  EXPECT_GT(result.runs, 40);
  EXPECT_GT(result.completed, 15);
}

TEST(SweepTest, ShowsTheRunInWhichAFunctionFails) {
  Flow flow("throws", 1);
  flow.Step("ask")
      .Call<&Payments::Stub::Refund>(BatchToRefund, KeepTracking)
      .Compensate<&Payments::Stub::Refund>([](const BulkState& bulk) {
        if (bulk.tracking().empty()) throw std::runtime_error("nothing to give back");
        return BatchToRefund(bulk);
      });
  flow.Step("charge").Call<&Payments::Stub::Refund>(BatchToRefund).NothingToCompensate();
  const Definition definition = std::move(flow).Build();
  const std::string failure =
      FailureOf([&] { Sweep(definition, Batch(), SweepOptions().Reply("ask", Refunded("r-1"))); });
  EXPECT_EQ(
      failure,
      "throws@1 (exhaust after call ask) is DEAD_LETTERED: it is parked again and again, because "
      "of DEFINITION at 'ask' \"the request of '/skald.testdata.shop.v1.Payments/Refund' "
      "(step 'ask') threw: nothing to give back\"");
}

TEST(SweepTest, RefusesADefinitionThatDoesNotRunThroughByItself) {
  Flow flow("stuck", 1);
  flow.Repeat(
          "rounds",
          [](Flow& round) {
            round.Step("ask").Call<&Payments::Stub::Refund>(BatchToRefund).NothingToCompensate();
          })
      .Until(HasEnded)
      .AtMost(2, kDeadLetter);
  const Definition definition = std::move(flow).Build();
  EXPECT_THAT(
      FailureOf([&] { Sweep(definition, Batch()); }),
      HasSubstr("stuck@1 (no trouble) is DEAD_LETTERED: it is parked again and again, because "
                "of "));
}

TEST(SweepTest, RefusesRepliesAndSignalsThatAreOfNoUse) {
  EXPECT_EQ(FailureOf([] { Sweep(PlaceOrder(), Order(), SweepOptions().Reply("x", Line())); }),
            "Reply(\"x\", ...): place_order@3 has no step with a call there");
  EXPECT_EQ(FailureOf([] { Sweep(PlaceOrder(), Order(), SweepOptions().Reply("charge", Line())); }),
            "Reply(\"charge\", ...): it answers with a skald.testdata.shop.v1.ChargeResponse, not "
            "a skald.testdata.shop.v1.Line");
  EXPECT_EQ(FailureOf([] { Sweep(PlaceOrder(), Order(), SweepOptions().Signal("x", Line())); }),
            "Signal(\"x\", ...): place_order@3 has no Await there");
  EXPECT_EQ(FailureOf([] {
              Sweep(Everything(), Batch(), SweepOptions().Signal("customer_confirms", Line()));
            }),
            "Signal(\"customer_confirms\", ...): it takes a "
            "skald.testdata.shop.v1.CustomerConfirmed, not a skald.testdata.shop.v1.Line");
  EXPECT_THAT(FailureOf([] { Sweep(PlaceOrder(), Batch()); }), HasSubstr("not a"));
}

}  // namespace
}  // namespace skald
