#include "examples/money_transfer/bank.h"

#include "base/status.h"
#include "examples/money_transfer/transfer.grpc.pb.h"
#include "examples/shared/journal.h"
#include "participant/sqlite_statement.h"

namespace bank {
namespace {

using skald::participant::CallInfo;
using skald::participant::SqliteStatement;

absl::Status CreateBook(sqlite3* db) {
  return skald::participant::SqliteExecute(db, R"(
CREATE TABLE IF NOT EXISTS accounts (
  account TEXT PRIMARY KEY,
  initial INTEGER NOT NULL,
  balance INTEGER NOT NULL CHECK (balance >= 0)
))");
}

class BankService final : public v1::Bank::Service {
 public:
  BankService(demo::Desk& desk, int64_t balance) : desk_(desk), balance_(balance) {}

  grpc::Status Withdraw(grpc::ServerContext* context, const v1::WithdrawRequest* request,
                        v1::WithdrawResponse* response) override {
    return desk_.Serve("Withdraw", *context, *request, response,
                       [&](sqlite3* db, const CallInfo& call) {
                         return Change(db, call, "withdraw", request->account(),
                                       request->amount_cents(), Direction::kOut);
                       });
  }

  grpc::Status PutBack(grpc::ServerContext* context, const v1::PutBackRequest* request,
                       v1::PutBackResponse* response) override {
    return desk_.Serve("PutBack", *context, *request, response,
                       [&](sqlite3* db, const CallInfo& call) {
                         return Change(db, call, "put_back", request->account(),
                                       request->amount_cents(), Direction::kIn);
                       });
  }

  grpc::Status Deposit(grpc::ServerContext* context, const v1::DepositRequest* request,
                       v1::DepositResponse* response) override {
    return desk_.Serve("Deposit", *context, *request, response,
                       [&](sqlite3* db, const CallInfo& call) {
                         return Change(db, call, "deposit", request->account(),
                                       request->amount_cents(), Direction::kIn);
                       });
  }

 private:
  enum class Direction { kIn, kOut };

  absl::Status Change(sqlite3* db, const CallInfo& call, const char* effect,
                      const std::string& account, int64_t amount, Direction direction) const {
    if (amount < 1) return skald::InvalidArgument("the amount must be above 0");
    if (account.empty()) return skald::NotFound("an account needs a name");
    SqliteStatement open(
        db, "INSERT INTO accounts VALUES (?1, ?2, ?2) ON CONFLICT (account) DO NOTHING");
    SKALD_RETURN_IF_ERROR(open.Bind(1, account).Bind(2, balance_).Run());
    const int64_t change = direction == Direction::kIn ? amount : -amount;
    SqliteStatement update(db,
                           "UPDATE accounts SET balance = balance + ?2 "
                           "WHERE account = ?1 AND balance + ?2 >= 0");
    SKALD_RETURN_IF_ERROR(update.Bind(1, account).Bind(2, change).Run());
    if (sqlite3_changes(db) == 0) {
      return skald::FailedPrecondition("account '{}' has not enough money for {} cents", account,
                                       amount);
    }
    return demo::WriteJournal(db, call, effect, account, amount);
  }

  demo::Desk& desk_;
  const int64_t balance_;
};

}  // namespace

demo::Participant Bank() {
  return {.description = "The bank of the example money_transfer",
          .methods = {"Withdraw", "PutBack", "Deposit"},
          .create_book = CreateBook,
          .make_service = [](demo::Desk& desk, int64_t balance) -> std::unique_ptr<grpc::Service> {
            return std::make_unique<BankService>(desk, balance);
          },
          .initial_flag = "--balance",
          .initial_help = "cents on an account that is seen for the first time",
          .initial = 100'000};
}

}  // namespace bank
