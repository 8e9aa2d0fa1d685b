// A guarded participant, as docs/PARTICIPANTS.md shows it. Locked: gRPC calls it from many threads.
#ifndef SKALD_EXAMPLES_GUARDED_SERVICE_STOCK_SERVICE_H_
#define SKALD_EXAMPLES_GUARDED_SERVICE_STOCK_SERVICE_H_

#include <memory>

namespace grpc {
class Service;
}
namespace skald::participant {
class SqliteGuard;
}

namespace shop {

// shop.v1.Inventory on the tables stock(sku, on_hand) and reserved(order_id, sku, quantity) of the
// guard's database. `guard` must outlive it.
std::unique_ptr<grpc::Service> MakeStockService(skald::participant::SqliteGuard& guard);

}  // namespace shop

#endif  // SKALD_EXAMPLES_GUARDED_SERVICE_STOCK_SERVICE_H_
