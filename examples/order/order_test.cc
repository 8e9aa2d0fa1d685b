#include "examples/order/order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "examples/order/order.pb.h"
#include "sagas/picture.h"
#include "sagas/validate.h"
#include "tests/golden.h"

namespace shop {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const skald::Node& StepOf(const skald::Definition& definition, const char* path) {
  const skald::Node* const node = skald::FindNode(definition, path);
  EXPECT_NE(node, nullptr) << path;
  return *node;
}

TEST(PlaceOrderTest, IsAGoodDefinition) { EXPECT_THAT(skald::Validate(PlaceOrder()), IsEmpty()); }

TEST(PlaceOrderTest, CallsThreeParticipants) {
  EXPECT_THAT(skald::ParticipantsOf(PlaceOrder()),
              ElementsAre("inventory", "payments", "shipping"));
}

TEST(PlaceOrderTest, LooksLikeItsPicture) {
  skald::ExpectGolden("examples/order/place_order.mmd", skald::ToMermaid(PlaceOrder()));
}

TEST(PlaceOrderTest, TurnsBackUntilTheMoneyIsTakenAndGoesForwardFromThere) {
  const skald::Definition order = PlaceOrder();
  for (const char* const path : {"reserve_stock", "hold_money", "delivery/express/book_courier",
                                 "delivery/otherwise/book_post"}) {
    EXPECT_TRUE(StepOf(order, path).compensation.has_value()) << path;
    EXPECT_FALSE(StepOf(order, path).retriable) << path;
  }
  EXPECT_TRUE(StepOf(order, "capture_money").pivot);
  EXPECT_TRUE(StepOf(order, "dispatch_parcel").retriable);
}

TEST(PlaceOrderTest, ACompensationNeedsNothingThatAReplyBrought) {
  v1::OrderState state;
  state.set_order_id("o-1");
  const skald::Definition order = PlaceOrder();
  const auto request =
      StepOf(order, "hold_money").compensation->make_request({state.SerializeAsString()});
  v1::VoidRequest parsed;
  ASSERT_TRUE(parsed.ParseFromString(request.value()));
  EXPECT_EQ(parsed.order_id(), "o-1");
}

}  // namespace
}  // namespace shop
