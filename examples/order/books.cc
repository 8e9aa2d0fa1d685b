#include "examples/order/books.h"

#include <memory>
#include <utility>

#include "base/status.h"
#include "participant/sqlite_statement.h"

namespace shop {
namespace {

using skald::participant::SqliteStatement;
using Connection = std::unique_ptr<sqlite3, int (*)(sqlite3*)>;

absl::StatusOr<Connection> OpenBook(const std::string& path) {
  sqlite3* db = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr);
  Connection connection(db, sqlite3_close);
  if (result != SQLITE_OK) {
    return skald::participant::SqliteError(db, result, fmt::format("opening '{}'", path));
  }
  sqlite3_busy_timeout(db, 5000);
  return connection;
}

absl::Status ReadSum(sqlite3* db, const char* sql, int64_t& sum) {
  SqliteStatement select(db, sql);
  SKALD_RETURN_IF_ERROR(select.Step().status());
  sum = select.Int(0);
  return absl::OkStatus();
}

absl::Status ReadJournal(sqlite3* db, Books& books) {
  SqliteStatement select(db,
                         "SELECT saga_id, subject, effect, count(*), sum(amount) FROM journal "
                         "GROUP BY saga_id, subject, effect");
  while (true) {
    SKALD_ASSIGN_OR_RETURN(const bool row, select.Step());
    if (!row) return absl::OkStatus();
    const std::string order = fmt::format("{} (saga {})", select.Text(1), select.Text(0));
    books.effects[order][select.Text(2)] += select.Int(3);
    books.amounts[select.Text(2)] += select.Int(4);
  }
}

int64_t Count(const std::map<std::string, int64_t>& of, const char* effect) {
  const auto found = of.find(effect);
  return found == of.end() ? 0 : found->second;
}

struct Undoing {
  const char* action;
  const char* compensation;
};
constexpr Undoing kCompensatable[] = {
    {"reserve", "release"}, {"authorize", "void"}, {"book", "cancel"}};
constexpr const char* kFinal[] = {"capture", "dispatch"};

void CheckOrder(const std::string& order, const std::map<std::string, int64_t>& effects,
                OpenOrders open_orders, Verdict& verdict) {
  bool whole = true;
  bool undone = true;
  for (const auto& [effect, count] : effects) {
    if (count > 1) {
      verdict.violations.push_back(fmt::format("order {}: {} {} times", order, effect, count));
    }
  }
  for (const auto& [action, compensation] : kCompensatable) {
    const int64_t done = Count(effects, action);
    const int64_t taken_back = Count(effects, compensation);
    if (taken_back > done) {
      verdict.violations.push_back(
          fmt::format("order {}: {} without {}", order, compensation, action));
    }
    whole = whole && done == 1 && taken_back == 0;
    undone = undone && done == taken_back;
  }
  for (const char* const effect : kFinal) {
    whole = whole && Count(effects, effect) == 1;
    undone = undone && Count(effects, effect) == 0;
  }
  if (whole) {
    ++verdict.whole;
  } else if (undone) {
    ++verdict.undone;
  } else {
    ++verdict.open;
    if (open_orders == OpenOrders::kForbidden) {
      verdict.violations.push_back(fmt::format("order {}: neither whole nor undone", order));
    }
  }
}

void Expect(int64_t one, int64_t other, const char* what, Verdict& verdict) {
  if (one != other) verdict.violations.push_back(fmt::format("{}: {} != {}", what, one, other));
}

}  // namespace

absl::StatusOr<Books> ReadBooks(const std::string& inventory, const std::string& payments,
                                const std::string& shipping) {
  Books books;
  SKALD_ASSIGN_OR_RETURN(const Connection stock, OpenBook(inventory));
  SKALD_ASSIGN_OR_RETURN(const Connection money, OpenBook(payments));
  SKALD_ASSIGN_OR_RETURN(const Connection parcels, OpenBook(shipping));
  const struct {
    sqlite3* db;
    const char* sql;
    int64_t& sum;
  } sums[] = {
      {stock.get(), "SELECT sum(initial) FROM stock", books.stock_initial},
      {stock.get(), "SELECT sum(on_hand) FROM stock", books.stock_on_hand},
      {stock.get(), "SELECT sum(quantity) FROM reservations WHERE state = 'reserved'",
       books.stock_reserved},
      {money.get(), "SELECT sum(initial) FROM accounts", books.money_initial},
      {money.get(), "SELECT sum(balance) FROM accounts", books.money_balance},
      {money.get(), "SELECT sum(amount) FROM holds WHERE state = 'held'", books.money_held},
      {money.get(), "SELECT sum(amount) FROM holds WHERE state = 'captured'", books.money_captured},
  };
  for (sqlite3* const db : {stock.get(), money.get(), parcels.get()}) {
    // One snapshot of each book, even while its participant works.
    SKALD_RETURN_IF_ERROR(skald::participant::SqliteExecute(db, "BEGIN"));
    SKALD_RETURN_IF_ERROR(ReadJournal(db, books));
  }
  for (const auto& [db, sql, sum] : sums) SKALD_RETURN_IF_ERROR(ReadSum(db, sql, sum));
  return books;
}

Verdict CheckBooks(const Books& books, OpenOrders open_orders) {
  Verdict verdict;
  const auto net = [&](const char* action, const char* compensation) {
    return Count(books.amounts, action) - Count(books.amounts, compensation);
  };
  Expect(books.stock_initial, books.stock_on_hand + books.stock_reserved,
         "stock at first != on hand + reserved", verdict);
  Expect(books.stock_reserved, net("reserve", "release"),
         "stock reserved != what the journal reserved and did not release", verdict);
  Expect(books.money_initial, books.money_balance + books.money_held + books.money_captured,
         "money at first != balances + held + captured", verdict);
  Expect(books.money_held + books.money_captured, net("authorize", "void"),
         "money held or captured != what the journal authorized and did not void", verdict);
  Expect(books.money_captured, Count(books.amounts, "capture"),
         "money captured != what the journal captured", verdict);
  for (const auto& [order, effects] : books.effects) {
    CheckOrder(order, effects, open_orders, verdict);
  }
  return verdict;
}

}  // namespace shop
