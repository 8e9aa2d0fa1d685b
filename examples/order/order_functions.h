// The functions and policies that the versions of place_order have in common. Pure functions,
// usable from any thread.
#ifndef SKALD_EXAMPLES_ORDER_ORDER_FUNCTIONS_H_
#define SKALD_EXAMPLES_ORDER_ORDER_FUNCTIONS_H_

#include "absl/time/time.h"
#include "examples/order/order.pb.h"
#include "sagas/retry_policy.h"

namespace shop {

// Short, so that a reader of the demo sees the end of the retries. A shop would wait longer: it
// would leave out the first one, and give the second one a day.
inline constexpr skald::RetryPolicy kImpatient = {
    .attempts = 4, .first = absl::Milliseconds(100), .most = absl::Milliseconds(800)};
inline constexpr skald::RetryPolicy kPersistent = {.attempts = skald::RetryPolicy::kUnlimited,
                                                   .first = absl::Milliseconds(100),
                                                   .most = absl::Seconds(2),
                                                   .budget = absl::Minutes(10)};

// Requests that name the order and nothing else. `State`: whichever holds its id.
template <typename Request, typename State>
Request ForOrder(const State& state) {
  Request request;
  request.set_order_id(state.order_id());
  return request;
}

inline v1::ReserveRequest StockToReserve(const v1::OrderState& order) {
  auto request = ForOrder<v1::ReserveRequest>(order);
  request.set_sku(order.sku());
  request.set_quantity(order.quantity());
  return request;
}

inline void KeepReservation(const v1::ReserveResponse& reply, v1::OrderState& order) {
  order.set_reservation_id(reply.reservation_id());
}

inline v1::AuthorizeRequest MoneyToHold(const v1::OrderState& order) {
  auto request = ForOrder<v1::AuthorizeRequest>(order);
  request.set_customer(order.customer());
  request.set_amount_cents(order.amount_cents());
  return request;
}

inline void KeepHold(const v1::AuthorizeResponse& reply, v1::OrderState& order) {
  order.set_hold_id(reply.hold_id());
}

inline void KeepReceipt(const v1::CaptureResponse& reply, v1::OrderState& order) {
  order.set_receipt_id(reply.receipt_id());
}

template <v1::BookRequest::Carrier kCarrier, typename State>
v1::BookRequest ParcelBy(const State& state) {
  auto request = ForOrder<v1::BookRequest>(state);
  request.set_carrier(kCarrier);
  return request;
}

template <typename State>
void KeepBooking(const v1::BookResponse& reply, State& state) {
  state.set_booking_id(reply.booking_id());
}

template <typename State>
void KeepTracking(const v1::DispatchResponse& reply, State& state) {
  state.set_tracking_id(reply.tracking_id());
}

}  // namespace shop

#endif  // SKALD_EXAMPLES_ORDER_ORDER_FUNCTIONS_H_
