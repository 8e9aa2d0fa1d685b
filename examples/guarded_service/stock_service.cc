// The smallest participant with a guard: one method that changes a book, one that undoes it. The
// participants of the order example are this, with faults that the demo can switch on.
#include "examples/guarded_service/stock_service.h"

#include "base/status.h"
#include "examples/order/order.grpc.pb.h"
#include "participant/sqlite_guard.h"
#include "participant/sqlite_statement.h"

namespace shop {
namespace {

using skald::participant::SqliteGuard;
using skald::participant::SqliteStatement;

// [service]
class StockService final : public v1::Inventory::Service {
 public:
  explicit StockService(SqliteGuard& guard) : guard_(guard) {}

  grpc::Status Reserve(grpc::ServerContext* context, const v1::ReserveRequest* request,
                       v1::ReserveResponse* response) override {
    return guard_.Run(*context, *request, response, [&](sqlite3* db) -> absl::Status {
      SqliteStatement take(db,
                           "UPDATE stock SET on_hand = on_hand - ?2 "
                           "WHERE sku = ?1 AND on_hand >= ?2");
      SKALD_RETURN_IF_ERROR(take.Bind(1, request->sku()).Bind(2, request->quantity()).Run());
      if (sqlite3_changes(db) == 0) {
        return skald::FailedPrecondition("there are not {} of '{}'", request->quantity(),
                                         request->sku());
      }
      SqliteStatement keep(db, "INSERT INTO reserved VALUES (?1, ?2, ?3)");
      keep.Bind(1, request->order_id()).Bind(2, request->sku()).Bind(3, request->quantity());
      response->set_reservation_id("r-" + request->order_id());
      return keep.Run();
    });
  }

  grpc::Status Release(grpc::ServerContext* context, const v1::ReleaseRequest* request,
                       v1::ReleaseResponse* response) override {
    return guard_.Run(*context, *request, response, [&](sqlite3* db) -> absl::Status {
      SqliteStatement give_back(db,
                                "UPDATE stock SET on_hand = on_hand + "
                                "(SELECT quantity FROM reserved WHERE order_id = ?1) "
                                "WHERE sku = (SELECT sku FROM reserved WHERE order_id = ?1)");
      SKALD_RETURN_IF_ERROR(give_back.Bind(1, request->order_id()).Run());
      SqliteStatement forget(db, "DELETE FROM reserved WHERE order_id = ?1");
      return forget.Bind(1, request->order_id()).Run();
    });
  }

 private:
  SqliteGuard& guard_;
};
// [/service]

}  // namespace

std::unique_ptr<grpc::Service> MakeStockService(SqliteGuard& guard) {
  return std::make_unique<StockService>(guard);
}

}  // namespace shop
