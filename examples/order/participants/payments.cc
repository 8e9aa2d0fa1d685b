#include "examples/order/participants/payments.h"

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
CREATE TABLE IF NOT EXISTS accounts (
  customer TEXT PRIMARY KEY,
  initial INTEGER NOT NULL,
  balance INTEGER NOT NULL CHECK (balance >= 0)
);
CREATE TABLE IF NOT EXISTS holds (
  order_id TEXT PRIMARY KEY,
  customer TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0),
  state TEXT NOT NULL CHECK (state IN ('held', 'voided', 'captured'))
))");
}

struct Hold {
  std::string customer;
  int64_t amount = 0;
};

// NOT_FOUND: the order has no money on hold.
absl::StatusOr<Hold> FindHold(sqlite3* db, const std::string& order_id) {
  SqliteStatement find(db,
                       "SELECT customer, amount FROM holds WHERE order_id = ?1 AND state = 'held'");
  find.Bind(1, order_id);
  SKALD_ASSIGN_OR_RETURN(const bool found, find.Step());
  if (!found) return skald::NotFound("order '{}' has no money on hold", order_id);
  return Hold{.customer = find.Text(0), .amount = find.Int(1)};
}

absl::Status MarkHold(sqlite3* db, const std::string& order_id, const char* state) {
  SqliteStatement mark(db, "UPDATE holds SET state = ?2 WHERE order_id = ?1");
  return mark.Bind(1, order_id).Bind(2, state).Run();
}

absl::Status TakeFromAccount(sqlite3* db, const std::string& customer, int64_t amount,
                             int64_t initial) {
  SqliteStatement open(
      db, "INSERT INTO accounts VALUES (?1, ?2, ?2) ON CONFLICT (customer) DO NOTHING");
  SKALD_RETURN_IF_ERROR(open.Bind(1, customer).Bind(2, initial).Run());
  SqliteStatement look(db, "SELECT balance FROM accounts WHERE customer = ?1");
  look.Bind(1, customer);
  SKALD_RETURN_IF_ERROR(look.Step().status());
  if (look.Int(0) < amount) {
    return skald::FailedPrecondition("'{}' has not enough money for {} cents", customer, amount);
  }
  SqliteStatement take(db, "UPDATE accounts SET balance = balance - ?2 WHERE customer = ?1");
  return take.Bind(1, customer).Bind(2, amount).Run();
}

class PaymentsService final : public v1::Payments::Service {
 public:
  PaymentsService(demo::Desk& desk, int64_t balance) : desk_(desk), balance_(balance) {}

  grpc::Status Authorize(grpc::ServerContext* context, const v1::AuthorizeRequest* request,
                         v1::AuthorizeResponse* response) override {
    return desk_.Serve("Authorize", *context, *request, response,
                       [&](sqlite3* db, const CallInfo& call) {
                         return DoAuthorize(db, call, *request, *response);
                       });
  }

  grpc::Status Void(grpc::ServerContext* context, const v1::VoidRequest* request,
                    v1::VoidResponse* response) override {
    return desk_.Serve(
        "Void", *context, *request, response,
        [&](sqlite3* db, const CallInfo& call) { return DoVoid(db, call, request->order_id()); });
  }

  grpc::Status Capture(grpc::ServerContext* context, const v1::CaptureRequest* request,
                       v1::CaptureResponse* response) override {
    return desk_.Serve("Capture", *context, *request, response,
                       [&](sqlite3* db, const CallInfo& call) {
                         response->set_receipt_id("receipt-" + request->order_id());
                         return DoCapture(db, call, request->order_id());
                       });
  }

 private:
  absl::Status DoAuthorize(sqlite3* db, const CallInfo& call, const v1::AuthorizeRequest& request,
                           v1::AuthorizeResponse& response) const {
    const std::string& order = request.order_id();
    if (request.amount_cents() < 1) return skald::InvalidArgument("the amount must be above 0");
    const absl::Status held = FindHold(db, order).status();
    if (held.ok()) {
      return skald::Error(absl::StatusCode::kAlreadyExists, "order '{}' has money on hold", order);
    }
    if (held.code() != absl::StatusCode::kNotFound) return held;
    SKALD_RETURN_IF_ERROR(
        TakeFromAccount(db, request.customer(), request.amount_cents(), balance_));
    SqliteStatement keep(db, "REPLACE INTO holds VALUES (?1, ?2, ?3, 'held')");
    keep.Bind(1, order).Bind(2, request.customer()).Bind(3, request.amount_cents());
    SKALD_RETURN_IF_ERROR(keep.Run());
    response.set_hold_id("hold-" + order);
    return demo::WriteJournal(db, call, "authorize", order, request.amount_cents());
  }

  // The guard lets this run only where Authorize took effect.
  static absl::Status DoVoid(sqlite3* db, const CallInfo& call, const std::string& order) {
    SKALD_ASSIGN_OR_RETURN(const Hold hold, FindHold(db, order));
    SqliteStatement put(db, "UPDATE accounts SET balance = balance + ?2 WHERE customer = ?1");
    SKALD_RETURN_IF_ERROR(put.Bind(1, hold.customer).Bind(2, hold.amount).Run());
    SKALD_RETURN_IF_ERROR(MarkHold(db, order, "voided"));
    return demo::WriteJournal(db, call, "void", order, hold.amount);
  }

  static absl::Status DoCapture(sqlite3* db, const CallInfo& call, const std::string& order) {
    SKALD_ASSIGN_OR_RETURN(const Hold hold, FindHold(db, order));
    SKALD_RETURN_IF_ERROR(MarkHold(db, order, "captured"));
    return demo::WriteJournal(db, call, "capture", order, hold.amount);
  }

  demo::Desk& desk_;
  const int64_t balance_;
};

}  // namespace

demo::Participant Payments() {
  return {.description = "The payments of the example shop",
          .methods = {"Authorize", "Void", "Capture"},
          .create_book = CreateBook,
          .make_service = [](demo::Desk& desk, int64_t balance) -> std::unique_ptr<grpc::Service> {
            return std::make_unique<PaymentsService>(desk, balance);
          },
          .initial_flag = "--balance",
          .initial_help = "cents that a customer has who is seen for the first time",
          .initial = 100'000};
}

}  // namespace shop
