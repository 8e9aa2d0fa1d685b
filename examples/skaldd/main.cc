// skaldd: the stock server. It offers the example sagas whose participants it can reach, and those
// of the libraries that it is given.
#include "engine/server/main.h"
#include "examples/bulk_refund/bulk_refund.h"
#include "examples/loan_approval/loan_approval.h"
#include "examples/money_transfer/transfer.h"
#include "examples/order/order.h"
#include "examples/subscription_renewal/subscription_renewal.h"
#include "examples/trip_booking/trip_booking.h"

int main(int argc, char** argv) {
  return skald::server::Main(argc, argv, /*definitions=*/{},
                             /*examples=*/
                             {shop::PlaceOrder(), shop::PlaceOrderV1(), shop::ShipOrder(),
                              bank::TransferMoney(), trip::BookTrip(), loan::ApproveLoan(),
                              refund::RefundBatch(), subscription::RenewSubscription()});
}
