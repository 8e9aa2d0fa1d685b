#include "examples/order/order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "examples/order/order.grpc.pb.h"
#include "sagas/lint.h"
#include "sagas/picture.h"
#include "sagas/registry.h"
#include "tester/saga_tester.h"
#include "tester/sweep.h"
#include "tests/golden.h"

namespace shop {
namespace {

using skald::v1::Cause;
using testing::ElementsAre;
using testing::IsEmpty;
using v1::Inventory;
using v1::OrderState;
using v1::Payments;
using v1::Shipping;

const skald::Node& StepOf(const skald::Definition& definition, const char* path) {
  const skald::Node* const node = skald::FindNode(definition, path);
  EXPECT_NE(node, nullptr) << path;
  return *node;
}

// The shop's definitions as a server has them: the order holds the nodes of its child.
class PlaceOrderTest : public testing::Test {
 protected:
  PlaceOrderTest() {
    EXPECT_EQ(registry_.Add({PlaceOrderV1(), PlaceOrder(), ShipOrder()}), absl::OkStatus());
  }

  const skald::Definition& Find(const char* name, int version) {
    return *registry_.Find(name, version);
  }

  skald::Registry registry_;
};

TEST_F(PlaceOrderTest, CallsThreeParticipantsInBothVersions) {
  for (const int version : registry_.Versions("place_order")) {
    EXPECT_THAT(skald::ParticipantsOf(Find("place_order", version)),
                ElementsAre("inventory", "payments", "shipping"));
  }
}

TEST_F(PlaceOrderTest, LooksLikeItsPictures) {
  skald::ExpectGolden("examples/order/place_order_v1.mmd",
                      skald::ToMermaid(Find("place_order", 1)));
  skald::ExpectGolden("examples/order/place_order.mmd", skald::ToMermaid(Find("place_order", 2)));
  skald::ExpectGolden("examples/order/ship_order.mmd", skald::ToMermaid(Find("ship_order", 1)));
}

TEST_F(PlaceOrderTest, TurnsBackUntilTheParcelHasLeftAndGoesForwardFromThere) {
  const skald::Definition& order = Find("place_order", 2);
  for (const char* const path :
       {"reserve_stock", "hold_money", "shipping/delivery/express/book_courier",
        "shipping/delivery/otherwise/book_post"}) {
    EXPECT_TRUE(StepOf(order, path).compensation.has_value()) << path;
    EXPECT_FALSE(StepOf(order, path).retriable) << path;
  }
  EXPECT_TRUE(StepOf(order, "shipping/dispatch_parcel").pivot);
  EXPECT_TRUE(StepOf(order, "capture_money").retriable);
}

TEST_F(PlaceOrderTest, LeavesNothingToAdvise) {
  for (const int version : registry_.Versions("place_order")) {
    EXPECT_THAT(skald::Lint(Find("place_order", version)), IsEmpty());
  }
}

// [child]
class OrderTest : public testing::Test {
 protected:
  void Start(bool express) {
    OrderState order;
    order.set_order_id("o-1");
    order.set_express(express);
    saga_.Start(order);
    saga_.Expect("reserve_stock").Replies();
  }

  // With the child that it contains.
  skald::SagaTester<OrderState> saga_{{PlaceOrder(), ShipOrder()}, "place_order"};
};

TEST_F(OrderTest, ShipsByCourierAndThenTakesTheMoney) {
  Start(/*express=*/true);
  saga_.Expect("hold_money").Replies();
  saga_.Expect("shipping/delivery/express/book_courier").Replies();
  v1::DispatchResponse dispatched;
  dispatched.set_tracking_id("track-1");
  saga_.Expect<&Shipping::Stub::Dispatch>("shipping/dispatch_parcel").Replies(dispatched);
  saga_.Expect("capture_money").Replies();
  saga_.ExpectCompleted();
  EXPECT_EQ(saga_.state().tracking_id(), "track-1");
}
// [/child]

TEST_F(OrderTest, GivesTheStockBackWhenThereIsNoMoney) {
  Start(/*express=*/false);
  saga_.Expect("hold_money").Rejects();
  saga_.ExpectCompensation<&Inventory::Stub::Release>("reserve_stock").Replies();
  saga_.ExpectCompensated(Cause::REJECTED, "hold_money");
}

TEST_F(OrderTest, VoidsAHoldThatNobodyKnowsOfBeforeItGivesTheStockBack) {
  Start(/*express=*/false);
  saga_.Expect("hold_money").Exhausts();
  // Needs nothing that a reply brought.
  saga_
      .ExpectCompensation<&Payments::Stub::Void>(
          "hold_money", [](const v1::VoidRequest& request) { return request.order_id() == "o-1"; })
      .Replies();
  saga_.ExpectCompensation("reserve_stock").Replies();
  saga_.ExpectCompensated(Cause::EXHAUSTED, "hold_money");
}

TEST_F(OrderTest, CancelsTheParcelThatCannotLeave) {
  Start(/*express=*/false);
  saga_.Expect("hold_money").Replies();
  saga_.Expect("shipping/delivery/otherwise/book_post").Replies();
  saga_.Expect("shipping/dispatch_parcel").Rejects();
  saga_.ExpectCompensation<&Shipping::Stub::Cancel>("shipping/delivery/otherwise/book_post")
      .Replies();
  saga_.ExpectCompensation("hold_money").Replies();
  saga_.ExpectCompensation("reserve_stock").Replies();
  saga_.ExpectCompensated(Cause::REJECTED, "shipping/dispatch_parcel");
}

TEST_F(OrderTest, CannotBeCancelledOnceTheParcelMayHaveLeft) {
  Start(/*express=*/false);
  saga_.Expect("hold_money").Replies();
  saga_.Expect("shipping/delivery/otherwise/book_post").Replies();
  saga_.Expect("shipping/dispatch_parcel").Loses();
  saga_.ExpectCancelRefused();
  saga_.AdvanceToNext();
  saga_.Expect("shipping/dispatch_parcel").Replies();
  saga_.Expect("capture_money").Replies();
  saga_.ExpectCompleted();
}

TEST(PlaceOrderSweep, SurvivesTroubleInEveryPlace) {
  skald::Sweep({{PlaceOrder(), ShipOrder()}, "place_order"}, OrderState());
  skald::Sweep(PlaceOrderV1(), OrderState());
}

TEST(PlaceOrderV1Test, StillTakesTheMoneyBeforeTheParcelLeaves) {
  skald::SagaTester<OrderState> saga(PlaceOrderV1());
  saga.Start(OrderState());
  for (const char* const step : {"reserve_stock", "hold_money", "delivery/otherwise/book_post",
                                 "capture_money", "dispatch_parcel"}) {
    saga.Expect(step).Replies();
  }
  saga.ExpectCompleted();
}

}  // namespace
}  // namespace shop
