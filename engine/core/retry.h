// When the next attempt is due, and how long an attempt may take. Pure: jitter is a hash of saga,
// step and attempt, so that a replay computes the same delay.
#ifndef SKALD_ENGINE_CORE_RETRY_H_
#define SKALD_ENGINE_CORE_RETRY_H_

#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "sagas/retry_policy.h"
#include "skald/v1/record.pb.h"

namespace skald::core {

// Never less between two attempts of one call.
inline constexpr absl::Duration kLeastDelay = absl::Milliseconds(10);

// What is known after an attempt that answered `code` (section 2 of the contract).
v1::HistoryEntry::Outcome OutcomeOf(absl::StatusCode code);

// The delay after `made` attempts of this round (>= 1) that did not succeed:
//   random(0, min(most, first * multiplier^(made - 1))), at least kLeastDelay.
// `key` is the call's idempotency key; `attempt` the number of the attempt that failed.
absl::Duration RetryDelay(const RetryPolicy& policy, std::string_view key, int made, int attempt);

// When to try again after an attempt that ended at `at`, or nothing if the retries have ended.
// `pushback`: see AttemptEnded.
std::optional<absl::Time> NextAttempt(const RetryPolicy& policy, std::string_view key,
                                      const v1::StepState::Attempts& attempts, absl::Time at,
                                      absl::Duration pushback);

// `timeout`, 10 % more or less: a stalled participant does not see a thousand calls end at once.
absl::Duration JitteredTimeout(absl::Duration timeout, std::string_view key, int attempt);

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_RETRY_H_
