#include "engine/core/retry.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/clock.h"
#include "base/hash.h"
#include "base/rejection.h"

namespace skald::core {
namespace {

// In [0, 1), from the upper 53 bits: every double in the grid is equally likely.
double Uniform(std::string_view key, int attempt, uint64_t salt) {
  const uint64_t hash =
      StableHash(key, salt + static_cast<uint64_t>(attempt) * 0x9e3779b97f4a7c15ULL);
  return static_cast<double>(hash >> 11) * 0x1p-53;
}

constexpr uint64_t kDelaySalt = 1;
constexpr uint64_t kTimeoutSalt = 2;

}  // namespace

v1::HistoryEntry::Outcome OutcomeOf(absl::StatusCode code) {
  if (code == absl::StatusCode::kOk) return v1::HistoryEntry::OUTCOME_SUCCEEDED;
  return IsRejection(code) ? v1::HistoryEntry::OUTCOME_REJECTED
                           : v1::HistoryEntry::OUTCOME_UNCERTAIN;
}

absl::Duration RetryDelay(const RetryPolicy& policy, std::string_view key, int made, int attempt) {
  // In seconds: a large exponent gives infinity, which min() cuts, where a Duration would overflow.
  const double grown = absl::ToDoubleSeconds(policy.first) * std::pow(policy.multiplier, made - 1);
  const double bound = std::min(grown, absl::ToDoubleSeconds(policy.most));
  const double drawn = policy.jitter ? bound * Uniform(key, attempt, kDelaySalt) : bound;
  return std::max(kLeastDelay, absl::Seconds(drawn));
}

std::optional<absl::Time> NextAttempt(const RetryPolicy& policy, std::string_view key,
                                      const v1::StepState::Attempts& attempts, absl::Time at,
                                      absl::Duration pushback) {
  if (pushback < absl::ZeroDuration()) return std::nullopt;
  if (policy.attempts != RetryPolicy::kUnlimited && attempts.round() >= policy.attempts) {
    return std::nullopt;
  }
  const absl::Duration delay =
      std::max(pushback, RetryDelay(policy, key, attempts.round(), attempts.total()));
  const absl::Time next = at + delay;
  if (next > FromMicros(attempts.round_started_us()) + policy.budget) return std::nullopt;
  return next;
}

absl::Duration JitteredTimeout(absl::Duration timeout, std::string_view key, int attempt) {
  return timeout * (0.9 + 0.2 * Uniform(key, attempt, kTimeoutSalt));
}

}  // namespace skald::core
