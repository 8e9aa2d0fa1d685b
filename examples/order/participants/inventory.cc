#include "examples/order/participants/inventory.h"

#include "base/status.h"
#include "examples/order/order.grpc.pb.h"
#include "examples/shared/journal.h"
#include "participant/sqlite_statement.h"

namespace shop {
namespace {

using skald::participant::CallInfo;
using skald::participant::SqliteStatement;

absl::Status CreateBook(sqlite3* db) {
  return skald::participant::SqliteExecute(db, R"(
CREATE TABLE IF NOT EXISTS stock (
  sku TEXT PRIMARY KEY,
  initial INTEGER NOT NULL,
  on_hand INTEGER NOT NULL CHECK (on_hand >= 0)
);
CREATE TABLE IF NOT EXISTS reservations (
  order_id TEXT PRIMARY KEY,
  sku TEXT NOT NULL,
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  state TEXT NOT NULL CHECK (state IN ('reserved', 'released'))
))");
}

absl::StatusOr<bool> HasReservation(sqlite3* db, const std::string& order_id) {
  SqliteStatement find(db, "SELECT 1 FROM reservations WHERE order_id = ?1 AND state = 'reserved'");
  find.Bind(1, order_id);
  return find.Step();
}

absl::Status TakeFromStock(sqlite3* db, const std::string& sku, int64_t quantity, int64_t initial) {
  SqliteStatement open(db, "INSERT INTO stock VALUES (?1, ?2, ?2) ON CONFLICT (sku) DO NOTHING");
  SKALD_RETURN_IF_ERROR(open.Bind(1, sku).Bind(2, initial).Run());
  SqliteStatement look(db, "SELECT on_hand FROM stock WHERE sku = ?1");
  look.Bind(1, sku);
  SKALD_RETURN_IF_ERROR(look.Step().status());
  if (look.Int(0) < quantity) {
    return skald::FailedPrecondition("{} of '{}' wanted, {} on hand", quantity, sku, look.Int(0));
  }
  SqliteStatement take(db, "UPDATE stock SET on_hand = on_hand - ?2 WHERE sku = ?1");
  return take.Bind(1, sku).Bind(2, quantity).Run();
}

class InventoryService final : public v1::Inventory::Service {
 public:
  InventoryService(demo::Desk& desk, int64_t stock) : desk_(desk), stock_(stock) {}

  grpc::Status Reserve(grpc::ServerContext* context, const v1::ReserveRequest* request,
                       v1::ReserveResponse* response) override {
    return desk_.Serve("Reserve", *context, *request, response,
                       [&](sqlite3* db, const CallInfo& call) {
                         return DoReserve(db, call, *request, *response);
                       });
  }

  grpc::Status Release(grpc::ServerContext* context, const v1::ReleaseRequest* request,
                       v1::ReleaseResponse* response) override {
    return desk_.Serve(
        "Release", *context, *request, response,
        [&](sqlite3* db, const CallInfo& call) { return DoRelease(db, call, *request); });
  }

 private:
  absl::Status DoReserve(sqlite3* db, const CallInfo& call, const v1::ReserveRequest& request,
                         v1::ReserveResponse& response) const {
    const std::string& order = request.order_id();
    if (request.quantity() < 1) return skald::InvalidArgument("the quantity must be at least 1");
    SKALD_ASSIGN_OR_RETURN(const bool reserved, HasReservation(db, order));
    if (reserved) {
      return skald::Error(absl::StatusCode::kAlreadyExists, "order '{}' has a reservation", order);
    }
    SKALD_RETURN_IF_ERROR(TakeFromStock(db, request.sku(), request.quantity(), stock_));
    SqliteStatement keep(db, "REPLACE INTO reservations VALUES (?1, ?2, ?3, 'reserved')");
    keep.Bind(1, order).Bind(2, request.sku()).Bind(3, request.quantity());
    SKALD_RETURN_IF_ERROR(keep.Run());
    response.set_reservation_id("reservation-" + order);
    return demo::WriteJournal(db, call, "reserve", order, request.quantity());
  }

  // The guard lets this run only where Reserve took effect.
  static absl::Status DoRelease(sqlite3* db, const CallInfo& call,
                                const v1::ReleaseRequest& request) {
    const std::string& order = request.order_id();
    SqliteStatement find(
        db, "SELECT sku, quantity FROM reservations WHERE order_id = ?1 AND state = 'reserved'");
    find.Bind(1, order);
    SKALD_ASSIGN_OR_RETURN(const bool found, find.Step());
    if (!found) return skald::NotFound("order '{}' has no reservation", order);
    const int64_t quantity = find.Int(1);
    SqliteStatement put(db, "UPDATE stock SET on_hand = on_hand + ?2 WHERE sku = ?1");
    SKALD_RETURN_IF_ERROR(put.Bind(1, find.Text(0)).Bind(2, quantity).Run());
    SqliteStatement mark(db, "UPDATE reservations SET state = 'released' WHERE order_id = ?1");
    SKALD_RETURN_IF_ERROR(mark.Bind(1, order).Run());
    return demo::WriteJournal(db, call, "release", order, quantity);
  }

  demo::Desk& desk_;
  const int64_t stock_;
};

}  // namespace

demo::Participant Inventory() {
  return {.description = "The inventory of the example shop",
          .methods = {"Reserve", "Release"},
          .create_book = CreateBook,
          .make_service = [](demo::Desk& desk, int64_t stock) -> std::unique_ptr<grpc::Service> {
            return std::make_unique<InventoryService>(desk, stock);
          },
          .initial_flag = "--stock",
          .initial_help = "pieces on hand of a sku that is asked for the first time",
          .initial = 100};
}

}  // namespace shop
