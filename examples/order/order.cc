#include "examples/order/order.h"

#include <utility>

#include "examples/order/order.grpc.pb.h"
#include "sagas/flow.h"

namespace shop {
namespace {

using v1::Inventory;
using v1::OrderState;
using v1::Payments;
using v1::Shipping;
using Flow = skald::Flow<OrderState>;

// Short, so that a reader of the demo sees the end of the retries. A shop would wait longer.
constexpr skald::RetryPolicy kImpatient = {
    .attempts = 4, .first = absl::Milliseconds(100), .most = absl::Milliseconds(800)};
constexpr skald::RetryPolicy kPersistent = {.attempts = skald::RetryPolicy::kUnlimited,
                                            .first = absl::Milliseconds(100),
                                            .most = absl::Seconds(2),
                                            .budget = absl::Hours(24)};

// Requests that name the order and nothing else.
template <typename Request>
Request ForOrder(const OrderState& order) {
  Request request;
  request.set_order_id(order.order_id());
  return request;
}

// [functions]
v1::ReserveRequest StockToReserve(const OrderState& order) {
  auto request = ForOrder<v1::ReserveRequest>(order);
  request.set_sku(order.sku());
  request.set_quantity(order.quantity());
  return request;
}

void KeepReservation(const v1::ReserveResponse& reply, OrderState& order) {
  order.set_reservation_id(reply.reservation_id());
}
// [/functions]

v1::AuthorizeRequest MoneyToHold(const OrderState& order) {
  auto request = ForOrder<v1::AuthorizeRequest>(order);
  request.set_customer(order.customer());
  request.set_amount_cents(order.amount_cents());
  return request;
}

void KeepHold(const v1::AuthorizeResponse& reply, OrderState& order) {
  order.set_hold_id(reply.hold_id());
}

v1::BookRequest ParcelBy(v1::BookRequest::Carrier carrier, const OrderState& order) {
  auto request = ForOrder<v1::BookRequest>(order);
  request.set_carrier(carrier);
  return request;
}

v1::BookRequest ByCourier(const OrderState& order) {
  return ParcelBy(v1::BookRequest::COURIER, order);
}

v1::BookRequest ByPost(const OrderState& order) { return ParcelBy(v1::BookRequest::POST, order); }

void KeepBooking(const v1::BookResponse& reply, OrderState& order) {
  order.set_booking_id(reply.booking_id());
}

void KeepReceipt(const v1::CaptureResponse& reply, OrderState& order) {
  order.set_receipt_id(reply.receipt_id());
}

void KeepTracking(const v1::DispatchResponse& reply, OrderState& order) {
  order.set_tracking_id(reply.tracking_id());
}

}  // namespace

// [place_order]
skald::Definition PlaceOrder() {
  Flow flow("place_order", /*version=*/1);
  flow.Step("reserve_stock")
      .Call<&Inventory::Stub::Reserve>(StockToReserve, KeepReservation)
      .Compensate<&Inventory::Stub::Release>(ForOrder<v1::ReleaseRequest>)
      .Retry(kImpatient)
      .RetryCompensation(kImpatient);
  flow.Step("hold_money")
      .Call<&Payments::Stub::Authorize>(MoneyToHold, KeepHold)
      .Compensate<&Payments::Stub::Void>(ForOrder<v1::VoidRequest>)
      .Retry(kImpatient)
      .RetryCompensation(kImpatient);
  flow.Choose("delivery")
      .When("express", &OrderState::express,
            [](Flow& then) {
              then.Step("book_courier")
                  .Call<&Shipping::Stub::Book>(ByCourier, KeepBooking)
                  .Compensate<&Shipping::Stub::Cancel>(ForOrder<v1::CancelRequest>)
                  .Retry(kImpatient)
                  .RetryCompensation(kImpatient);
            })
      .Otherwise([](Flow& then) {
        then.Step("book_post")
            .Call<&Shipping::Stub::Book>(ByPost, KeepBooking)
            .Compensate<&Shipping::Stub::Cancel>(ForOrder<v1::CancelRequest>)
            .Retry(kImpatient)
            .RetryCompensation(kImpatient);
      });
  flow.Step("capture_money")
      .Call<&Payments::Stub::Capture>(ForOrder<v1::CaptureRequest>, KeepReceipt)
      .Retry(kPersistent)
      .Pivot();
  flow.Step("dispatch_parcel")
      .Call<&Shipping::Stub::Dispatch>(ForOrder<v1::DispatchRequest>, KeepTracking)
      .Retry(kPersistent);
  return std::move(flow).Build();
}
// [/place_order]

}  // namespace shop
