// Authors' functions over shop.proto, for the tests of sagas/.
#ifndef SKALD_SAGAS_TESTDATA_SHOP_FUNCTIONS_H_
#define SKALD_SAGAS_TESTDATA_SHOP_FUNCTIONS_H_

#include "sagas/testdata/shop.pb.h"

namespace skald::testdata::shop::v1 {

inline ReserveRequest StockToReserve(const OrderState& order) {
  ReserveRequest request;
  request.set_order_id(order.order_id());
  *request.mutable_lines() = order.lines();
  return request;
}

inline void KeepReservation(const ReserveResponse& reply, OrderState& order) {
  order.set_reservation_id(reply.reservation_id());
}

inline ReleaseRequest StockToRelease(const OrderState& order) {
  ReleaseRequest request;
  request.set_reservation_id(order.reservation_id());
  return request;
}

inline CheckRequest OrderToCheck(const OrderState& order) {
  CheckRequest request;
  request.set_order_id(order.order_id());
  return request;
}

inline ChargeRequest AmountToCharge(const OrderState& order) {
  ChargeRequest request;
  request.set_order_id(order.order_id());
  return request;
}

inline void KeepReceipt(const ChargeResponse& reply, OrderState& order) {
  order.set_receipt(reply.receipt());
}

inline BookRequest Parcel(const OrderState& order) {
  BookRequest request;
  request.set_order_id(order.order_id());
  return request;
}

inline bool IsExpress(const OrderState& order) { return order.express(); }

inline RejectRequest OrderToReject(const OrderState& order) {
  RejectRequest request;
  request.set_order_id(order.order_id());
  return request;
}

inline void KeepConfirmation(const CustomerConfirmed& message, BulkState& bulk) {
  bulk.set_confirmed_by(message.by());
}

inline ShippingState BulkToShipping(const BulkState& bulk) {
  ShippingState shipping;
  shipping.set_order_id(bulk.batch_id());
  return shipping;
}

inline void KeepShipping(const ShippingState& shipping, BulkState& bulk) {
  bulk.set_tracking(shipping.tracking());
}

inline RefundRequest LineToRefund(const Line& line) {
  RefundRequest request;
  request.set_what(line.sku());
  return request;
}

inline RefundRequest LineOfBulkToRefund(const BulkState& bulk, const Line& line) {
  RefundRequest request = LineToRefund(line);
  request.set_batch_id(bulk.batch_id());
  return request;
}

inline void KeepRefund(const RefundResponse& reply, Line& line) {
  line.set_refund_id(reply.refund_id());
}

inline bool HasEnded(const BulkState& bulk) { return bulk.ended(); }

}  // namespace skald::testdata::shop::v1

#endif  // SKALD_SAGAS_TESTDATA_SHOP_FUNCTIONS_H_
