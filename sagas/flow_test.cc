#include "sagas/flow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "sagas/fingerprint.h"
#include "sagas/testdata/shop_functions.h"
#include "sagas/testdata/shop_stubs.h"
#include "sagas/validate.h"

namespace skald {

// As clang spells a package of which the author's code made a part an inline namespace.
namespace spelt_otherwise {
using testdata::shop::v1::CheckRequest;
using testdata::shop::v1::CheckResponse;
struct RiskCheck {
  struct Stub {
    grpc::Status Check(grpc::ClientContext*, const CheckRequest&, CheckResponse*);
  };
};
// Of no .proto file.
struct Unknown {
  struct Stub {
    grpc::Status Check(grpc::ClientContext*, const CheckRequest&, CheckResponse*);
  };
};
}  // namespace spelt_otherwise

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace testdata::shop::v1;  // NOLINT: as an author would.
using Flow = Flow<OrderState>;

Definition PlaceOrder() {
  Flow flow("place_order", 3);
  flow.Step("reserve_stock")
      .Call<&Inventory::Stub::Reserve>(StockToReserve, KeepReservation)
      .Compensate<&Inventory::Stub::Release>(StockToRelease);
  flow.Step("check_risk")
      .Call<&RiskCheck::Stub::Check>([](const OrderState&) { return CheckRequest(); })
      .NothingToCompensate();
  flow.Step("charge").Call<&Payments::Stub::Charge>(AmountToCharge).Pivot();
  flow.Choose("delivery")
      .When(
          "express", &OrderState::express,
          [](Flow& then) { then.Step("book_courier").Call<&Shipping::Stub::BookCourier>(Parcel); })
      .Otherwise([](auto& then) {
        then.Step("book_post").template Call<&Shipping::Stub::BookPost>(Parcel);
      });
  return std::move(flow).Build();
}

std::string Order(const std::string& id) {
  OrderState order;
  order.set_order_id(id);
  return order.SerializeAsString();
}

const Call& ActionOf(const Definition& definition, std::string_view path) {
  const Node* node = FindNode(definition, path);
  if (node == nullptr || !node->action.has_value()) throw std::logic_error("no such step");
  return *node->action;
}

TEST(FlowTest, BuildsAGoodTreeInTheOrderItIsWritten) {
  const Definition definition = PlaceOrder();
  EXPECT_EQ(Label(definition), "place_order@3");
  EXPECT_EQ(definition.state_type, "skald.testdata.shop.v1.OrderState");
  std::vector<std::string> paths;
  ForEachNode(definition.root, [&](const Node& node) { paths.push_back(node.path); });
  EXPECT_THAT(paths, ElementsAre("", "reserve_stock", "check_risk", "charge", "delivery",
                                 "delivery/express", "delivery/express/book_courier",
                                 "delivery/otherwise", "delivery/otherwise/book_post"));
  EXPECT_THAT(Validate(definition), IsEmpty());
}

TEST(FlowTest, TakesNamesAndTypesOfACallFromTheStub) {
  const Definition definition = PlaceOrder();
  const Call& call = ActionOf(definition, "reserve_stock");
  EXPECT_EQ(call.method, "/skald.testdata.shop.v1.Inventory/Reserve");
  EXPECT_EQ(call.request_type, "skald.testdata.shop.v1.ReserveRequest");
  EXPECT_EQ(call.response_type, "skald.testdata.shop.v1.ReserveResponse");
  EXPECT_THAT(ParticipantsOf(definition),
              ElementsAre("inventory", "payments", "risk_check", "shipping"));
}

TEST(FlowTest, MakesARequestOfTheStateAndKeepsTheReplyInIt) {
  const Definition definition = PlaceOrder();
  const Call& call = ActionOf(definition, "reserve_stock");
  const auto bytes = call.make_request({Order("o-1")});
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  ReserveRequest request;
  ASSERT_TRUE(request.ParseFromString(*bytes));
  EXPECT_EQ(request.order_id(), "o-1");

  ReserveResponse reply;
  reply.set_reservation_id("r-7");
  const auto state = call.keep_response({Order("o-1")}, reply.SerializeAsString());
  ASSERT_TRUE(state.ok()) << state.status();
  OrderState order;
  ASSERT_TRUE(order.ParseFromString(*state));
  EXPECT_EQ(order.order_id(), "o-1");
  EXPECT_EQ(order.reservation_id(), "r-7");
}

TEST(FlowTest, TakesLambdasAndFunctionPointersForEachPart) {
  Flow flow("mixed", 1);
  const std::string prefix = "x-";
  flow.Step("reserve")
      .Call<&Inventory::Stub::Reserve>(
          [prefix](const OrderState& order) {
            ReserveRequest request;
            request.set_order_id(prefix + order.order_id());
            return request;
          },
          [](const ReserveResponse& reply, auto& order) {
            order.set_reservation_id(reply.reservation_id());
          })
      .Compensate<&Inventory::Stub::Release>(
          &StockToRelease, [](const ReleaseResponse&, OrderState& order) { order.Clear(); });
  const Definition definition = std::move(flow).Build();
  ASSERT_THAT(Validate(definition), IsEmpty());
  ReserveRequest request;
  ASSERT_TRUE(request.ParseFromString(*ActionOf(definition, "reserve").make_request({Order("1")})));
  EXPECT_EQ(request.order_id(), "x-1");
  EXPECT_EQ(*FindNode(definition, "reserve")->compensation->keep_response({Order("1")}, ""), "");
}

TEST(FlowTest, LeavesTheStateAsItWasWhereNothingIsKept) {
  const Definition definition = PlaceOrder();
  EXPECT_EQ(*ActionOf(definition, "check_risk").keep_response({Order("o-1")}, ""), Order("o-1"));
}

TEST(FlowTest, TellsAReplyThatDoesNotParseAsDataLossEvenIfNothingIsKept) {
  const Definition definition = PlaceOrder();
  for (const char* step : {"reserve_stock", "check_risk"}) {
    const auto state = ActionOf(definition, step).keep_response({Order("o-1")}, "\x0a\xff");
    EXPECT_EQ(state.status().code(), absl::StatusCode::kDataLoss) << step;
    EXPECT_THAT(std::string(Message(state.status())), HasSubstr(step));
  }
}

TEST(FlowTest, TellsAStateThatDoesNotParseAsInternal) {
  const Definition definition = PlaceOrder();
  const Call& call = ActionOf(definition, "reserve_stock");
  EXPECT_EQ(call.make_request({"\xff"}).status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(call.keep_response({"\xff"}, "").status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(FindNode(definition, "delivery/express")->guard({"\xff"}).status().code(),
            absl::StatusCode::kInternal);
}

TEST(FlowTest, CatchesWhatAuthorsFunctionsThrowAndSaysWhichOneItWas) {
  Flow flow("throws", 1);
  flow.Step("reserve")
      .Call<&Inventory::Stub::Reserve>(
          [](const OrderState&) -> ReserveRequest { throw std::runtime_error("no stock id"); },
          [](const ReserveResponse&, OrderState&) { throw std::runtime_error("strange reply"); })
      .Compensate<&Inventory::Stub::Release>([](const OrderState&) -> ReleaseRequest { throw 7; });
  flow.Choose("way").When(
      "express", [](const OrderState&) -> bool { throw std::runtime_error("no idea"); },
      [](Flow&) {});
  const Definition definition = std::move(flow).Build();
  const Node& step = *FindNode(definition, "reserve");

  const absl::Status request = step.action->make_request({Order("1")}).status();
  EXPECT_EQ(request.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(Message(request),
            "the request of '/skald.testdata.shop.v1.Inventory/Reserve' (step 'reserve') threw: "
            "no stock id");
  EXPECT_EQ(Message(step.action->keep_response({Order("1")}, "").status()),
            "the reply of '/skald.testdata.shop.v1.Inventory/Reserve' (step 'reserve') threw: "
            "strange reply");
  EXPECT_EQ(Message(step.compensation->make_request({Order("1")}).status()),
            "the request of '/skald.testdata.shop.v1.Inventory/Release' (step 'reserve') threw "
            "something that is no std::exception");
  const absl::Status guard = FindNode(definition, "way/express")->guard({Order("1")}).status();
  EXPECT_EQ(guard.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(Message(guard), "the guard of 'way/express' threw: no idea");
}

TEST(FlowTest, AsksGuardsOfTheState) {
  const Definition definition = PlaceOrder();
  const Node& express = *FindNode(definition, "delivery/express");
  OrderState order;
  EXPECT_FALSE(*express.guard({order.SerializeAsString()}));
  order.set_express(true);
  EXPECT_TRUE(*express.guard({order.SerializeAsString()}));
  EXPECT_FALSE(FindNode(definition, "delivery/otherwise")->guard);
}

TEST(FlowTest, MakesEqualBytesOfEqualStatesWithMapsInAnyOrder) {
  const Definition definition = PlaceOrder();
  OrderState up;
  OrderState down;
  for (int i = 0; i < 100; ++i) (*up.mutable_lines())[std::to_string(i)] = i;
  for (int i = 99; i >= 0; --i) (*down.mutable_lines())[std::to_string(i)] = i;
  const Call& call = ActionOf(definition, "reserve_stock");
  EXPECT_EQ(*call.make_request({up.SerializeAsString()}),
            *call.make_request({down.SerializeAsString()}));
  EXPECT_EQ(*call.keep_response({up.SerializeAsString()}, ""),
            *call.keep_response({down.SerializeAsString()}, ""));
}

TEST(FlowTest, MarksThePivotAndWhatFollowsItAsRetriable) {
  const Definition definition = PlaceOrder();
  EXPECT_FALSE(FindNode(definition, "reserve_stock")->retriable);
  EXPECT_TRUE(FindNode(definition, "charge")->pivot);
  EXPECT_TRUE(FindNode(definition, "charge")->retriable);
  EXPECT_TRUE(FindNode(definition, "delivery/express/book_courier")->retriable);
}

TEST(FlowTest, GivesRetryPoliciesByPositionUnlessTheAuthorDid) {
  Flow flow("retries", 1);
  const RetryPolicy own = {.attempts = 3};
  flow.Step("before")
      .Call<&Inventory::Stub::Reserve>(StockToReserve)
      .Compensate<&Inventory::Stub::Release>(StockToRelease);
  flow.Step("before_own")
      .Call<&Inventory::Stub::Reserve>(StockToReserve)
      .Compensate<&Inventory::Stub::Release>(StockToRelease)
      .Retry(own)
      .RetryCompensation({.attempts = 4})
      .Timeout(absl::Seconds(1));
  flow.Step("charge").Call<&Payments::Stub::Charge>(AmountToCharge).Pivot();
  flow.Step("after").Call<&Shipping::Stub::BookPost>(Parcel);
  // The same as the default before the pivot, and said on purpose.
  flow.Step("after_own").Call<&Shipping::Stub::BookPost>(Parcel).Retry(DefaultActionRetry());
  const Definition definition = std::move(flow).Build();
  const auto node = [&](const char* path) -> const Node& { return *FindNode(definition, path); };

  EXPECT_EQ(node("before").action_retry, DefaultActionRetry());
  EXPECT_EQ(node("before").compensation_retry, DefaultCompensationRetry());
  EXPECT_EQ(node("before").timeout, absl::Seconds(5));
  EXPECT_EQ(node("before_own").action_retry, own);
  EXPECT_EQ(node("before_own").compensation_retry.attempts, 4);
  EXPECT_EQ(node("before_own").timeout, absl::Seconds(1));
  EXPECT_EQ(node("charge").action_retry, DefaultRetriableRetry());
  EXPECT_EQ(node("after").action_retry, DefaultRetriableRetry());
  EXPECT_EQ(node("after_own").action_retry, DefaultActionRetry());
}

TEST(FlowTest, SendsACompensationWhereItsActionWentUnlessToldOtherwise) {
  Flow flow("participants", 1);
  flow.Step("both")
      .Call<&Inventory::Stub::Reserve>(StockToReserve)
      .Participant("inventory_eu")
      .Compensate<&Inventory::Stub::Release>(StockToRelease);
  flow.Step("apart")
      .Call<&Inventory::Stub::Reserve>(StockToReserve)
      .Participant("inventory_eu")
      .Compensate<&Inventory::Stub::Release>(StockToRelease)
      .Participant("inventory_us");
  flow.Step("other_service")
      .Call<&Inventory::Stub::Reserve>(StockToReserve)
      .Participant("inventory_eu")
      .Compensate<&Shipping::Stub::Cancel>(Parcel);
  const Definition definition = std::move(flow).Build();
  const auto ends = [&](const char* path) {
    const Node& step = *FindNode(definition, path);
    return step.action->participant + " " + step.compensation->participant;
  };
  EXPECT_EQ(ends("both"), "inventory_eu inventory_eu");
  EXPECT_EQ(ends("apart"), "inventory_eu inventory_us");
  EXPECT_EQ(ends("other_service"), "inventory_eu shipping");
}

TEST(FlowTest, KeepsHandlesGoodWhileStepsAreAdded) {
  Flow flow("handles", 1);
  StepOptions<OrderState> first =
      flow.Step("first").Call<&RiskCheck::Stub::Check>(OrderToCheck).NothingToCompensate();
  for (int i = 0; i < 100; ++i) {
    flow.Step("check_" + std::to_string(i))
        .Call<&RiskCheck::Stub::Check>(OrderToCheck)
        .NothingToCompensate();
  }
  first.Timeout(absl::Seconds(9));
  const Definition definition = std::move(flow).Build();
  EXPECT_EQ(definition.root.children.front().timeout, absl::Seconds(9));
}

TEST(FlowTest, FindsAServiceBesideItsMessagesWhereCxxSpellsItsPackageDifferently) {
  Flow flow("spelt", 1);
  flow.Step("check")
      .Call<&spelt_otherwise::RiskCheck::Stub::Check>(OrderToCheck)
      .NothingToCompensate();
  const Definition definition = std::move(flow).Build();
  EXPECT_THAT(Validate(definition), IsEmpty());
  EXPECT_EQ(ActionOf(definition, "check").method, "/skald.testdata.shop.v1.RiskCheck/Check");
}

TEST(FlowTest, RefusesAStubThatNoLinkedProtoDeclares) {
  Flow flow("unknown", 1);
  flow.Step("check")
      .Call<&spelt_otherwise::Unknown::Stub::Check>(OrderToCheck)
      .NothingToCompensate();
  EXPECT_THAT(Validate(std::move(flow).Build()),
              ElementsAre(HasSubstr("which no linked .proto file declares")));
}

TEST(FingerprintTest, HasTheSameValueInEveryRelease) {
  EXPECT_EQ(PlaceOrder().fingerprint, "dff283cd783b758f");
}

TEST(FingerprintTest, IsOfATextThatPeopleCanCompare) {
  Flow flow("short", 1);
  flow.Step("check").Call<&RiskCheck::Stub::Check>(OrderToCheck).NothingToCompensate();
  flow.Choose("way").When("express", &OrderState::express, [](Flow& then) {
    then.Step("charge").Call<&Payments::Stub::Charge>(AmountToCharge).Pivot();
  });
  EXPECT_EQ(CanonicalText(std::move(flow).Build()),
            "definition short\n"
            "state skald.testdata.shop.v1.OrderState\n"
            "step check\n"
            "  action risk_check /skald.testdata.shop.v1.RiskCheck/Check "
            "skald.testdata.shop.v1.CheckRequest skald.testdata.shop.v1.CheckResponse\n"
            "choose way\n"
            "  sequence express guarded\n"
            "    step charge pivot\n"
            "      action payments /skald.testdata.shop.v1.Payments/Charge "
            "skald.testdata.shop.v1.ChargeRequest skald.testdata.shop.v1.ChargeResponse\n");
}

TEST(FingerprintTest, ChangesWithWhatARunningSagaGoesBy) {
  const Definition original = PlaceOrder();
  std::vector<Definition> changed(8, original);
  changed[0].name = "other";
  changed[1].state_type = "other";
  std::swap(changed[2].root.children[0], changed[2].root.children[1]);
  changed[3].root.children[0].name = "other";
  changed[4].root.children[0].compensation.reset();
  changed[5].root.children[0].action->participant = "other";
  changed[6].root.children[2].pivot = false;
  changed[7].root.children[3].children[0].guard = nullptr;
  for (size_t i = 0; i < changed.size(); ++i) {
    EXPECT_NE(Fingerprint(changed[i]), original.fingerprint) << i;
  }
}

TEST(FingerprintTest, StaysTheSameWhereAVersionMayChange) {
  Definition changed = PlaceOrder();
  const std::string fingerprint = changed.fingerprint;
  changed.version = 4;
  changed.root.children[0].action_retry.attempts = 99;
  changed.root.children[0].timeout = absl::Seconds(99);
  changed.root.children[0].action->make_request = nullptr;
  EXPECT_EQ(Fingerprint(changed), fingerprint);
}

}  // namespace
}  // namespace skald
