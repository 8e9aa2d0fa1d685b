// How often, how soon and for how long a call is tried again.
#ifndef SKALD_SAGAS_RETRY_POLICY_H_
#define SKALD_SAGAS_RETRY_POLICY_H_

#include "absl/time/time.h"

namespace skald {

// A plain value. The delay before attempt n+1 (n = 1 for the first retry) is
//
//   random(0, min(most, first * multiplier^(n-1))), but never below 10 ms
//
// (full jitter). Retries end after `attempts` attempts, or when the next one would begin later than
// `budget` after the first, whichever comes first.
struct RetryPolicy {
  // At most so many attempts, the first one included; kUnlimited: as many as the budget allows.
  int attempts = 8;
  absl::Duration first = absl::Milliseconds(200);
  double multiplier = 2;
  absl::Duration most = absl::Seconds(30);
  absl::Duration budget = absl::Minutes(10);
  // False: exactly the upper bound above. For tests and for participants that ask for it.
  bool jitter = true;

  static constexpr int kUnlimited = 0;

  bool operator==(const RetryPolicy&) const = default;
};

// Of a compensatable action: 8 attempts, 200 ms, x2, 30 s, 10 min.
inline RetryPolicy DefaultActionRetry() { return {}; }

// Of the pivot and of what follows it: unlimited attempts within 24 h, up to a minute apart, so
// that a day of retries stays well within the history's limit.
inline RetryPolicy DefaultRetriableRetry() {
  return {.attempts = RetryPolicy::kUnlimited, .most = absl::Minutes(1), .budget = absl::Hours(24)};
}

// Of a compensation: 20 attempts, 500 ms, x2, 5 min, 24 h.
inline RetryPolicy DefaultCompensationRetry() {
  return {.attempts = 20,
          .first = absl::Milliseconds(500),
          .most = absl::Minutes(5),
          .budget = absl::Hours(24)};
}

}  // namespace skald

#endif  // SKALD_SAGAS_RETRY_POLICY_H_
