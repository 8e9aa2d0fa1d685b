#include <utility>

#include "examples/order/order.grpc.pb.h"
#include "examples/order/order.h"
#include "examples/order/order_functions.h"
#include "sagas/flow.h"

namespace shop {
namespace {

using v1::BookRequest;
using v1::Shipping;
using v1::ShippingState;
using Flow = skald::Flow<ShippingState>;

void AddBooking(Flow& flow, const char* step, BookRequest (*parcel)(const ShippingState&)) {
  flow.Step(step)
      .Call<&Shipping::Stub::Book>(parcel, KeepBooking<ShippingState>)
      .Compensate<&Shipping::Stub::Cancel>(ForOrder<v1::CancelRequest, ShippingState>)
      .Retry(kImpatient)
      .RetryCompensation(kImpatient);
}

}  // namespace

// [ship_order]
skald::Definition ShipOrder() {
  Flow flow("ship_order", /*version=*/1);
  flow.Choose("delivery")
      .When("express", &ShippingState::express,
            [](Flow& then) { AddBooking(then, "book_courier", ParcelBy<BookRequest::COURIER>); })
      .Otherwise([](Flow& then) { AddBooking(then, "book_post", ParcelBy<BookRequest::POST>); });
  flow.Step("dispatch_parcel")
      .Call<&Shipping::Stub::Dispatch>(ForOrder<v1::DispatchRequest, ShippingState>,
                                       KeepTracking<ShippingState>)
      .Retry(kPersistent)
      .Pivot();
  return std::move(flow).Build();
}
// [/ship_order]

}  // namespace shop
