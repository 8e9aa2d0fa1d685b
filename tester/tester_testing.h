// Definitions over sagas/testdata/shop.proto, for the tests of tester/.
#ifndef SKALD_TESTER_TESTER_TESTING_H_
#define SKALD_TESTER_TESTER_TESTING_H_

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "sagas/flow.h"
#include "sagas/testdata/shop_functions.h"
#include "sagas/testdata/shop_stubs.h"
#include "tester/saga_tester.h"
#include "tester/test_failure.h"

namespace skald::testdata::shop::v1 {

// Reserves, asks, takes the money (the pivot), ships.
inline Definition PlaceOrder() {
  Flow<OrderState> flow("place_order", 3);
  flow.Step("reserve_stock")
      .Call<&Inventory::Stub::Reserve>(StockToReserve, KeepReservation)
      .Compensate<&Inventory::Stub::Release>(StockToRelease);
  flow.Step("check_risk").Call<&RiskCheck::Stub::Check>(OrderToCheck).NothingToCompensate();
  flow.Step("charge").Call<&Payments::Stub::Charge>(AmountToCharge, KeepReceipt).Pivot();
  flow.Choose("delivery")
      .When("express", &OrderState::express,
            [](Flow<OrderState>& then) {
              then.Step("book_courier").Call<&Shipping::Stub::BookCourier>(Parcel);
            })
      .Otherwise([](Flow<OrderState>& then) {
        then.Step("book_post").Call<&Shipping::Stub::BookPost>(Parcel);
      });
  return std::move(flow).Build();
}

inline RefundRequest BatchToRefund(const BulkState& bulk) {
  RefundRequest request;
  request.set_batch_id(bulk.batch_id());
  request.set_what(bulk.tracking());
  return request;
}

inline void KeepTracking(const RefundResponse& reply, BulkState& bulk) {
  bulk.set_tracking(reply.refund_id());
}

inline void KeepConfirmer(const RefundResponse& reply, BulkState& bulk) {
  bulk.set_confirmed_by(reply.refund_id());
}

inline BulkState Batch() {
  BulkState bulk;
  bulk.set_batch_id("b-1");
  for (const char* sku : {"cup", "pot", "can"}) bulk.add_lines()->set_sku(sku);
  return bulk;
}

inline OrderState Order() {
  OrderState order;
  order.set_order_id("o-1");
  (*order.mutable_lines())["book"] = 2;
  return order;
}

inline ReserveResponse Reserved() {
  ReserveResponse reply;
  reply.set_reservation_id("r-1");
  return reply;
}

inline RefundResponse Refunded(const std::string& id) {
  RefundResponse reply;
  reply.set_refund_id(id);
  return reply;
}

// What TestFailure says of `act`; empty, and a failure, if it throws none.
template <typename Act>
std::string FailureOf(Act&& act) {
  try {
    act();
  } catch (const TestFailure& failure) {
    return failure.message();
  }
  ADD_FAILURE() << "nothing failed";
  return {};
}

}  // namespace skald::testdata::shop::v1

#endif  // SKALD_TESTER_TESTER_TESTING_H_
