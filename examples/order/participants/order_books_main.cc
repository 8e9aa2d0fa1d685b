// order_books: adds up the participants' books, prints them, and exits with 1 if something was lost
// or done twice.
//
//   order_books --inventory inventory.db --payments payments.db --shipping shipping.db
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "base/status.h"
#include "examples/order/books.h"

namespace {

void Print(const shop::Books& books, const shop::Verdict& verdict) {
  constexpr const char* kRowFormat = "{:<8}{:>12}{:>12}{:>12}{:>12}\n";
  fmt::print(kRowFormat, "BOOK", "AT FIRST", "LEFT", "HELD", "SOLD");
  fmt::print(kRowFormat, "stock", books.stock_initial, books.stock_on_hand, books.stock_reserved,
             "-");
  fmt::print(kRowFormat, "cents", books.money_initial, books.money_balance, books.money_held,
             books.money_captured);
  fmt::print("orders: {} whole, {} undone, {} open\n", verdict.whole, verdict.undone, verdict.open);
  for (const std::string& violation : verdict.violations) fmt::print("VIOLATION {}\n", violation);
  if (verdict.violations.empty()) fmt::print("nothing lost, nothing twice\n");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Adds up the books of the example shop");
  std::string inventory;
  std::string payments;
  std::string shipping;
  bool allow_open = false;
  app.add_option("--inventory", inventory, "the inventory's book")->required();
  app.add_option("--payments", payments, "the payments' book")->required();
  app.add_option("--shipping", shipping, "the shipping's book")->required();
  app.add_flag("--allow-open", allow_open, "sagas are under way: orders may be half done");
  CLI11_PARSE(app, argc, argv);

  const absl::StatusOr<shop::Books> books = shop::ReadBooks(inventory, payments, shipping);
  if (!books.ok()) {
    fmt::print(stderr, "{}\n", skald::Message(books.status()));
    return 1;
  }
  const shop::Verdict verdict = shop::CheckBooks(
      *books, allow_open ? shop::OpenOrders::kAllowed : shop::OpenOrders::kForbidden);
  Print(*books, verdict);
  return verdict.violations.empty() ? 0 : 1;
}
