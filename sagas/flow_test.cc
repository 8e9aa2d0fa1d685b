#include "sagas/flow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "sagas/testdata/shop_stubs.h"
#include "sagas/validate.h"

namespace skald {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace testdata::shop::v1;  // NOLINT: as an author would.
using Flow = Flow<OrderState>;

ReserveRequest StockToReserve(const OrderState& order) {
  ReserveRequest request;
  request.set_order_id(order.order_id());
  *request.mutable_lines() = order.lines();
  return request;
}
void KeepReservation(const ReserveResponse& reply, OrderState& order) {
  order.set_reservation_id(reply.reservation_id());
}
ReleaseRequest StockToRelease(const OrderState& order) {
  ReleaseRequest request;
  request.set_reservation_id(order.reservation_id());
  return request;
}
BookRequest Parcel(const OrderState& order) {
  BookRequest request;
  request.set_order_id(order.order_id());
  return request;
}
ChargeRequest AmountToCharge(const OrderState&) { return {}; }

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
      .When("express", &OrderState::express,
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
  const auto bytes = call.make_request(Order("o-1"));
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  ReserveRequest request;
  ASSERT_TRUE(request.ParseFromString(*bytes));
  EXPECT_EQ(request.order_id(), "o-1");

  ReserveResponse reply;
  reply.set_reservation_id("r-7");
  const auto state = call.keep_response(Order("o-1"), reply.SerializeAsString());
  ASSERT_TRUE(state.ok()) << state.status();
  OrderState order;
  ASSERT_TRUE(order.ParseFromString(*state));
  EXPECT_EQ(order.order_id(), "o-1");
  EXPECT_EQ(order.reservation_id(), "r-7");
}

}  // namespace
}  // namespace skald
