#include "examples/order/order.h"

#include <utility>

#include "examples/order/order.grpc.pb.h"
#include "examples/order/order_functions.h"
#include "sagas/flow.h"

namespace shop {
namespace {

using v1::Inventory;
using v1::OrderState;
using v1::Payments;
using v1::ShippingState;
using Flow = skald::Flow<OrderState>;

// [functions]
ShippingState OrderToShip(const OrderState& order) {
  ShippingState shipping;
  shipping.set_order_id(order.order_id());
  shipping.set_express(order.express());
  return shipping;
}

void KeepShipping(const ShippingState& shipping, OrderState& order) {
  order.set_booking_id(shipping.booking_id());
  order.set_tracking_id(shipping.tracking_id());
}
// [/functions]

}  // namespace

// [place_order]
skald::Definition PlaceOrder() {
  Flow flow("place_order", /*version=*/2);
  flow.Step("reserve_stock")
      .Call<&Inventory::Stub::Reserve>(StockToReserve, KeepReservation)
      .Compensate<&Inventory::Stub::Release>(ForOrder<v1::ReleaseRequest, OrderState>)
      .Retry(kImpatient)
      .RetryCompensation(kImpatient);
  flow.Step("hold_money")
      .Call<&Payments::Stub::Authorize>(MoneyToHold, KeepHold)
      .Compensate<&Payments::Stub::Void>(ForOrder<v1::VoidRequest, OrderState>)
      .Retry(kImpatient)
      .RetryCompensation(kImpatient);
  // Ends with the pivot: once the parcel has left, the order only goes forward.
  flow.Child<ShippingState>("shipping", "ship_order", /*version=*/1, OrderToShip, KeepShipping);
  flow.Step("capture_money")
      .Call<&Payments::Stub::Capture>(ForOrder<v1::CaptureRequest, OrderState>, KeepReceipt)
      .Retry(kPersistent);
  return std::move(flow).Build();
}
// [/place_order]

}  // namespace shop
