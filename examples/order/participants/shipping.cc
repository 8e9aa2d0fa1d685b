#include "examples/order/participants/shipping.h"

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
CREATE TABLE IF NOT EXISTS parcels (
  order_id TEXT PRIMARY KEY,
  carrier TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('booked', 'cancelled', 'dispatched'))
))");
}

// The parcel's state; empty: there is no parcel.
absl::StatusOr<std::string> StateOf(sqlite3* db, const std::string& order_id) {
  SqliteStatement find(db, "SELECT state FROM parcels WHERE order_id = ?1");
  find.Bind(1, order_id);
  SKALD_ASSIGN_OR_RETURN(const bool found, find.Step());
  return found ? find.Text(0) : std::string();
}

// From 'booked' to `state`. FAILED_PRECONDITION: it is not booked.
absl::Status Move(sqlite3* db, const CallInfo& call, const std::string& order_id, const char* state,
                  const char* effect) {
  SKALD_ASSIGN_OR_RETURN(const std::string old, StateOf(db, order_id));
  if (old != "booked") {
    return skald::FailedPrecondition("order '{}' has no booked parcel", order_id);
  }
  SqliteStatement mark(db, "UPDATE parcels SET state = ?2 WHERE order_id = ?1");
  SKALD_RETURN_IF_ERROR(mark.Bind(1, order_id).Bind(2, state).Run());
  return demo::WriteJournal(db, call, effect, order_id, 1);
}

class ShippingService final : public v1::Shipping::Service {
 public:
  explicit ShippingService(demo::Desk& desk) : desk_(desk) {}

  grpc::Status Book(grpc::ServerContext* context, const v1::BookRequest* request,
                    v1::BookResponse* response) override {
    return desk_.Serve(
        "Book", *context, *request, response,
        [&](sqlite3* db, const CallInfo& call) { return DoBook(db, call, *request, *response); });
  }

  grpc::Status Cancel(grpc::ServerContext* context, const v1::CancelRequest* request,
                      v1::CancelResponse* response) override {
    return desk_.Serve("Cancel", *context, *request, response,
                       [&](sqlite3* db, const CallInfo& call) {
                         return Move(db, call, request->order_id(), "cancelled", "cancel");
                       });
  }

  grpc::Status Dispatch(grpc::ServerContext* context, const v1::DispatchRequest* request,
                        v1::DispatchResponse* response) override {
    return desk_.Serve("Dispatch", *context, *request, response,
                       [&](sqlite3* db, const CallInfo& call) {
                         response->set_tracking_id("tracking-" + request->order_id());
                         return Move(db, call, request->order_id(), "dispatched", "dispatch");
                       });
  }

 private:
  static absl::Status DoBook(sqlite3* db, const CallInfo& call, const v1::BookRequest& request,
                             v1::BookResponse& response) {
    const std::string& order = request.order_id();
    SKALD_ASSIGN_OR_RETURN(const std::string old, StateOf(db, order));
    if (!old.empty() && old != "cancelled") {
      return skald::Error(absl::StatusCode::kAlreadyExists, "order '{}' has a parcel", order);
    }
    SqliteStatement keep(db, "REPLACE INTO parcels VALUES (?1, ?2, 'booked')");
    keep.Bind(1, order).Bind(2, v1::BookRequest::Carrier_Name(request.carrier()));
    SKALD_RETURN_IF_ERROR(keep.Run());
    response.set_booking_id("booking-" + order);
    return demo::WriteJournal(db, call, "book", order, 1);
  }

  demo::Desk& desk_;
};

}  // namespace

demo::Participant Shipping() {
  return {.description = "The shipping of the example shop",
          .methods = {"Book", "Cancel", "Dispatch"},
          .create_book = CreateBook,
          .make_service = [](demo::Desk& desk, int64_t) -> std::unique_ptr<grpc::Service> {
            return std::make_unique<ShippingService>(desk);
          },
          .initial_flag = "",
          .initial_help = ""};
}

}  // namespace shop
