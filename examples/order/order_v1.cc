// The first version of place_order, kept until its last saga has ended. Nobody changes it any more.
#include <utility>

#include "examples/order/order.grpc.pb.h"
#include "examples/order/order.h"
#include "examples/order/order_functions.h"
#include "sagas/flow.h"

namespace shop {
namespace {

using v1::Inventory;
using v1::OrderState;
using v1::Payments;
using v1::Shipping;
using Flow = skald::Flow<OrderState>;

}  // namespace

skald::Definition PlaceOrderV1() {
  Flow flow("place_order", /*version=*/1);
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
  flow.Choose("delivery")
      .When("express", &OrderState::express,
            [](Flow& then) {
              then.Step("book_courier")
                  .Call<&Shipping::Stub::Book>(ParcelBy<v1::BookRequest::COURIER, OrderState>,
                                               KeepBooking<OrderState>)
                  .Compensate<&Shipping::Stub::Cancel>(ForOrder<v1::CancelRequest, OrderState>)
                  .Retry(kImpatient)
                  .RetryCompensation(kImpatient);
            })
      .Otherwise([](Flow& then) {
        then.Step("book_post")
            .Call<&Shipping::Stub::Book>(ParcelBy<v1::BookRequest::POST, OrderState>,
                                         KeepBooking<OrderState>)
            .Compensate<&Shipping::Stub::Cancel>(ForOrder<v1::CancelRequest, OrderState>)
            .Retry(kImpatient)
            .RetryCompensation(kImpatient);
      });
  flow.Step("capture_money")
      .Call<&Payments::Stub::Capture>(ForOrder<v1::CaptureRequest, OrderState>, KeepReceipt)
      .Retry(kPersistent)
      .Pivot();
  flow.Step("dispatch_parcel")
      .Call<&Shipping::Stub::Dispatch>(ForOrder<v1::DispatchRequest, OrderState>,
                                       KeepTracking<OrderState>)
      .Retry(kPersistent);
  return std::move(flow).Build();
}

}  // namespace shop
