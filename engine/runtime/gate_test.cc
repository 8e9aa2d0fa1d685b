#include "engine/runtime/gate.h"

#include <gtest/gtest.h>

#include <optional>

namespace skald::runtime {
namespace {

using Pass = Gate::Pass;
using Result = Gate::Result;
using State = Gate::State;

const absl::Time kStart = absl::FromUnixSeconds(1'000);
constexpr absl::Duration kLongerThanOpen = absl::Seconds(67);

// A gate with the contract's defaults after five uncertain outcomes.
Gate Opened() {
  Gate gate("inventory", {});
  for (int i = 0; i < 5; ++i) {
    const std::optional<Pass> pass = gate.Enter(kStart);
    EXPECT_EQ(pass, Pass::kNormal);
    gate.Leave(*pass, Result::kUncertain, kStart);
  }
  return gate;
}

TEST(GateTest, LetsNoMoreCallsInThanTheLimit) {
  Gate gate("inventory", {.concurrency = 2});
  ASSERT_TRUE(gate.Enter(kStart));
  ASSERT_TRUE(gate.Enter(kStart));
  EXPECT_FALSE(gate.Enter(kStart));
  EXPECT_EQ(gate.NextChance(), absl::InfiniteFuture());
  gate.Leave(Pass::kNormal, Result::kCertain, kStart);
  EXPECT_TRUE(gate.Enter(kStart));
}

TEST(GateTest, OpensAfterFiveUncertainOutcomesInARow) {
  Gate gate = Opened();
  EXPECT_EQ(gate.state(), State::kOpen);
  EXPECT_FALSE(gate.Enter(kStart + absl::Seconds(53)));
}

TEST(GateTest, StaysClosedWhenAClearAnswerComesBetween) {
  Gate gate("inventory", {});
  for (int i = 0; i < 20; ++i) {
    const std::optional<Pass> pass = gate.Enter(kStart);
    ASSERT_TRUE(pass);
    gate.Leave(*pass, i % 5 == 4 ? Result::kCertain : Result::kUncertain, kStart);
  }
  EXPECT_EQ(gate.state(), State::kClosed);
}

TEST(GateTest, StaysOpenForAMinuteGiveOrTakeATenth) {
  Gate gate = Opened();
  EXPECT_GE(gate.NextChance(), kStart + absl::Seconds(54));
  EXPECT_LE(gate.NextChance(), kStart + absl::Seconds(66));
}

TEST(GateTest, LetsOneProbeInWhenTheTimeHasCome) {
  Gate gate = Opened();
  EXPECT_EQ(gate.Enter(gate.NextChance()), Pass::kProbe);
  EXPECT_FALSE(gate.Enter(kStart + kLongerThanOpen));
  EXPECT_EQ(gate.state(), State::kProbing);
}

TEST(GateTest, ClosesWhenTheProbeIsAnswered) {
  Gate gate = Opened();
  const absl::Time later = kStart + kLongerThanOpen;
  gate.Leave(*gate.Enter(later), Result::kCertain, later);
  EXPECT_EQ(gate.state(), State::kClosed);
  EXPECT_EQ(gate.Enter(later), Pass::kNormal);
  EXPECT_EQ(gate.Enter(later), Pass::kNormal);
}

TEST(GateTest, OpensAgainWhenTheProbeIsUncertain) {
  Gate gate = Opened();
  const absl::Time later = kStart + kLongerThanOpen;
  gate.Leave(*gate.Enter(later), Result::kUncertain, later);
  EXPECT_EQ(gate.state(), State::kOpen);
  EXPECT_GE(gate.NextChance(), later + absl::Seconds(54));
}

TEST(GateTest, ClosesWhenACallFromBeforeIsAnswered) {
  Gate gate("inventory", {.failures = 1});
  ASSERT_TRUE(gate.Enter(kStart));
  ASSERT_TRUE(gate.Enter(kStart));
  gate.Leave(Pass::kNormal, Result::kUncertain, kStart);
  ASSERT_EQ(gate.state(), State::kOpen);
  gate.Leave(Pass::kNormal, Result::kCertain, kStart);
  EXPECT_EQ(gate.state(), State::kClosed);
}

TEST(GateTest, IsNotKeptOpenByCallsFromBefore) {
  Gate gate("inventory", {.failures = 1});
  ASSERT_TRUE(gate.Enter(kStart));
  ASSERT_TRUE(gate.Enter(kStart));
  gate.Leave(Pass::kNormal, Result::kUncertain, kStart);
  const absl::Time chance = gate.NextChance();
  gate.Leave(Pass::kNormal, Result::kUncertain, kStart + absl::Seconds(30));
  EXPECT_EQ(gate.NextChance(), chance);
}

TEST(GateTest, NeverOpensIfToldSo) {
  Gate gate("inventory", {.failures = 0});
  for (int i = 0; i < 100; ++i) gate.Leave(*gate.Enter(kStart), Result::kUncertain, kStart);
  EXPECT_EQ(gate.state(), State::kClosed);
}

}  // namespace
}  // namespace skald::runtime
