// Adds up the books of the three participants and says what does not fit together. Plain values.
#ifndef SKALD_EXAMPLES_ORDER_BOOKS_H_
#define SKALD_EXAMPLES_ORDER_BOOKS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace shop {

struct Books {
  // Pieces: at first, now on hand, now reserved.
  int64_t stock_initial = 0;
  int64_t stock_on_hand = 0;
  int64_t stock_reserved = 0;
  // Cents: at first, now in accounts, now held for orders, taken for good.
  int64_t money_initial = 0;
  int64_t money_balance = 0;
  int64_t money_held = 0;
  int64_t money_captured = 0;
  // By saga and order: how often each effect of the journals took place.
  std::map<std::string, std::map<std::string, int64_t>> effects;
  // By effect: the amounts of the journals.
  std::map<std::string, int64_t> amounts;
};

struct Verdict {
  // Orders of which everything was done, everything that was done was undone, or neither.
  int whole = 0;
  int undone = 0;
  int open = 0;
  // One sentence each. Empty: nothing lost, nothing twice.
  std::vector<std::string> violations;
};

// Whether an order that is neither whole nor undone is a violation: it is, once all sagas have
// ended.
enum class OpenOrders { kAllowed, kForbidden };

absl::StatusOr<Books> ReadBooks(const std::string& inventory, const std::string& payments,
                                const std::string& shipping);

Verdict CheckBooks(const Books& books, OpenOrders open_orders);

}  // namespace shop

#endif  // SKALD_EXAMPLES_ORDER_BOOKS_H_
