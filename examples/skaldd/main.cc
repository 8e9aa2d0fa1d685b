// skaldd: the stock server, with the example sagas in it.
#include "engine/server/main.h"
#include "examples/money_transfer/transfer.h"
#include "examples/order/order.h"

int main(int argc, char** argv) {
  return skald::server::Main(argc, argv, {shop::PlaceOrder(), bank::TransferMoney()});
}
