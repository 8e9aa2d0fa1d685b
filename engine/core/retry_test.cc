#include "engine/core/retry.h"

#include <gtest/gtest.h>

#include <string>

#include "base/clock.h"

namespace skald::core {
namespace {

std::string Key(int i) { return "saga-" + std::to_string(i) + "/charge/action"; }

TEST(RetryTest, JitterFillsTheWholeRangeUpToTheBoundAndStaysInIt) {
  const RetryPolicy policy{.first = absl::Seconds(1), .multiplier = 2, .most = absl::Seconds(30)};
  int low = 0, high = 0;
  for (int i = 0; i < 10'000; ++i) {
    const absl::Duration delay = RetryDelay(policy, Key(i), /*made=*/3, /*attempt=*/3);
    ASSERT_GE(delay, kLeastDelay);
    ASSERT_LT(delay, absl::Seconds(4));
    low += delay < absl::Seconds(1) ? 1 : 0;
    high += delay > absl::Seconds(3) ? 1 : 0;
  }
  // A quarter each, within five standard deviations.
  EXPECT_NEAR(low, 2500, 220);
  EXPECT_NEAR(high, 2500, 220);
}

TEST(RetryTest, TheSameAttemptAlwaysHasTheSameDelayAndAnotherHasAnother) {
  const RetryPolicy policy;
  EXPECT_EQ(RetryDelay(policy, Key(1), 1, 1), RetryDelay(policy, Key(1), 1, 1));
  EXPECT_NE(RetryDelay(policy, Key(1), 1, 1), RetryDelay(policy, Key(2), 1, 1));
  EXPECT_NE(RetryDelay(policy, Key(1), 1, 1), RetryDelay(policy, Key(1), 1, 2));
}

TEST(RetryTest, ManyAttemptsNeverLeadBeyondTheLongestDelay) {
  const RetryPolicy policy{.most = absl::Seconds(30), .jitter = false};
  EXPECT_EQ(RetryDelay(policy, Key(1), 5'000, 5'000), absl::Seconds(30));
}

TEST(RetryTest, ThePushbackIsKeptEvenWhereThePolicyWouldGoSooner) {
  v1::StepState::Attempts attempts;
  attempts.set_round(1);
  attempts.set_total(1);
  const absl::Time now = absl::FromUnixSeconds(1'000);
  attempts.set_round_started_us(ToMicros(now));
  const auto next = NextAttempt(RetryPolicy{}, Key(1), attempts, now, absl::Seconds(60));
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(*next, now + absl::Seconds(60));
  EXPECT_FALSE(NextAttempt(RetryPolicy{}, Key(1), attempts, now, absl::Seconds(-1)).has_value());
}

TEST(RetryTest, TimeoutsAreJitteredByTenPercent) {
  absl::Duration least = absl::InfiniteDuration(), most = absl::ZeroDuration();
  for (int i = 0; i < 10'000; ++i) {
    const absl::Duration timeout = JitteredTimeout(absl::Seconds(5), Key(i), 1);
    least = std::min(least, timeout);
    most = std::max(most, timeout);
  }
  EXPECT_GE(least, absl::Seconds(4.5));
  EXPECT_LT(least, absl::Seconds(4.52));
  EXPECT_LE(most, absl::Seconds(5.5));
  EXPECT_GT(most, absl::Seconds(5.48));
}

}  // namespace
}  // namespace skald::core
