// Every kind of node, pending calls and signals, with several workers and over restarts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/runtime/engine.h"
#include "engine/runtime/engine_harness.h"

namespace skald::runtime {
namespace {

using absl::StatusCode;
using core::Completion;
using core::Signal;

class EngineKindsTest : public EngineHarness, public ::testing::Test {
 protected:
  EngineKindsTest() {
    Register(
        nodes::Tree("loan", 1, {nodes::Step("a"), nodes::Await("approval"), nodes::Step("b")}));
    Register(nodes::Tree("parcel", 1, {nodes::Step("pack"), nodes::Step("send")}));
    Definition order =
        nodes::Tree("order", 1,
                    {nodes::Parallel("both", {nodes::Step("a"), nodes::Step("b")}),
                     nodes::ForEach("lines", 20, {nodes::Step("c"), nodes::Step("d")}),
                     nodes::Child("shipping", "parcel")});
    order.state_type = nodes::kListType;
    Register(std::move(order));
  }
  static Completion Done(const std::string& step, StatusCode code = StatusCode::kOk) {
    return {.step = step, .phase = v1::ACTION, .code = code, .message = "", .reply = ""};
  }
  static Signal Approval(const std::string& id) {
    return {.name = "approval", .payload = "yes", .id = id, .actor = "ann"};
  }
  // Until the saga waits for whoever answered that it would finish later.
  [[nodiscard]] bool IsPending(const std::string& id, int step) {
    return Eventually([&] {
      const v1::SagaRecord saga = Stored(id);
      return saga.steps_size() > step && saga.steps(step).action().pending();
    });
  }
  size_t Calls(const std::string& method) const {
    const std::vector<OutgoingCall> calls = caller.calls();
    return static_cast<size_t>(std::count_if(
        calls.begin(), calls.end(),
        [&](const OutgoingCall& call) { return call.attempt.method == "/test/" + method; }));
  }
};

TEST_F(EngineKindsTest, FinishesAPendingStepWhenItsParticipantSaysSo) {
  caller.AnswerPending("b");
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(IsPending("s1", 1));
  const auto completed = Give(*engine, "s1", Done("b")).get();
  ASSERT_TRUE(completed.ok()) << completed.status();
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  EXPECT_EQ(caller.Methods(), "a b c");
}

TEST_F(EngineKindsTest, TakesASecondCompletionForARepetitionOfTheFirst) {
  caller.AnswerPending("b");
  caller.Hold("c");
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(IsPending("s1", 1));
  auto first = Give(*engine, "s1", Done("b"));
  auto second = Give(*engine, "s1", Done("b"));
  auto other = Give(*engine, "s1", Done("b", StatusCode::kFailedPrecondition));
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(second.get().ok());
  EXPECT_EQ(other.get().status().code(), StatusCode::kFailedPrecondition);
  ASSERT_TRUE(caller.WaitForHeld("c"));
  caller.Release("c");
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  EXPECT_EQ(caller.Methods(), "a b c");
}

TEST_F(EngineKindsTest, TakesACompletionAfterARestart) {
  caller.AnswerPending("b");
  auto crashed = OpenEngine();
  ASSERT_TRUE(Start(*crashed, Trip("s1")).get().ok());
  ASSERT_TRUE(IsPending("s1", 1));
  crashed.reset();
  auto engine = OpenEngine();
  ASSERT_TRUE(Give(*engine, "s1", Done("b")).get().ok());
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  EXPECT_EQ(caller.Methods(), "a b c");
}

TEST_F(EngineKindsTest, CompensatesAPendingStepWhoseCompletionIsANo) {
  caller.AnswerPending("b");
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(IsPending("s1", 1));
  ASSERT_TRUE(Give(*engine, "s1", Done("b", StatusCode::kFailedPrecondition)).get().ok());
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPENSATED));
  EXPECT_EQ(caller.Methods(), "a b undo_a");
}

TEST_F(EngineKindsTest, AsksAPendingParticipantAgainWhenItSaysSo) {
  for (int i = 0; i < 6; ++i) caller.AnswerPending("b", absl::Seconds(30));
  auto engine = OpenEngine();
  const absl::Time begin = clock.Now();
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(ReachesInTime(*engine, "s1", v1::Saga::COMPLETED));
  // More often than it may be tried: asking is not trying.
  EXPECT_EQ(caller.Methods(), "a b b b b b b b c");
  EXPECT_EQ(clock.Now() - begin, absl::Minutes(3));
}

TEST_F(EngineKindsTest, GoesOnWithASignalThatComesWhileItWaits) {
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, RequestFor("loan", "s1")).get().ok());
  ASSERT_TRUE(Eventually([&] { return Stored("s1").steps_size() == 2; }));
  const auto signalled = Give(*engine, "s1", Approval("m1")).get();
  ASSERT_TRUE(signalled.ok()) << signalled.status();
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  EXPECT_EQ(caller.Methods(), "a b");
}

TEST_F(EngineKindsTest, KeepsASignalThatComesBeforeItIsAwaited) {
  caller.Hold("a");
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, RequestFor("loan", "s1")).get().ok());
  ASSERT_TRUE(Give(*engine, "s1", Approval("m1")).get().ok());
  ASSERT_TRUE(Give(*engine, "s1", Approval("m1")).get().ok());
  EXPECT_EQ(Stored("s1").signals_size(), 1);
  ASSERT_TRUE(caller.WaitForHeld("a"));
  caller.Release("a");
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
}

TEST_F(EngineKindsTest, RefusesASignalThatNobodyAwaits) {
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, RequestFor("loan", "s1")).get().ok());
  Signal signal = Approval("m1");
  signal.name = "refusal";
  EXPECT_EQ(Give(*engine, "s1", signal).get().status().code(), StatusCode::kInvalidArgument);
}

TEST_F(EngineKindsTest, RunsBranchesElementsAndChildrenOfManySagasAtOnce) {
  EngineOptions options = Quick();
  options.workers = 4;
  auto engine = OpenEngine(options);
  constexpr size_t kSagas = 50;
  for (size_t i = 0; i < kSagas; ++i) {
    ASSERT_TRUE(Start(*engine, RequestFor("order", "s" + std::to_string(i))).get().ok());
  }
  for (size_t i = 0; i < kSagas; ++i) {
    ASSERT_TRUE(Reaches("s" + std::to_string(i), v1::Saga::COMPLETED));
  }
  for (const auto& [method, calls] : std::vector<std::pair<std::string, size_t>>{
           {"a", 1}, {"b", 1}, {"c", 20}, {"d", 20}, {"pack", 1}, {"send", 1}}) {
    EXPECT_EQ(Calls(method), calls * kSagas) << method;
  }
}

TEST_F(EngineKindsTest, HasAsManyElementsUnderWayAsItMay) {
  caller.Hold("c");
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, RequestFor("order", "s1")).get().ok());
  ASSERT_TRUE(caller.WaitForHeld("c", 3));
  EXPECT_EQ(Calls("c"), 3u);
  for (size_t ended = 1; ended <= 17; ++ended) {
    caller.Release("c");
    ASSERT_TRUE(Eventually([&] { return Calls("c") == 3 + ended; }));
    ASSERT_TRUE(caller.WaitForHeld("c", 3));
  }
}

TEST_F(EngineKindsTest, UndoesBranchesElementsAndChildrenAfterACrash) {
  caller.Answer("send", StatusCode::kFailedPrecondition);
  caller.Hold("undo_c");
  auto crashed = OpenEngine();
  ASSERT_TRUE(Start(*crashed, RequestFor("order", "s1")).get().ok());
  ASSERT_TRUE(caller.WaitForHeld("undo_c", 3));
  crashed.reset();
  for (int i = 0; i < 3; ++i) caller.Release("undo_c");
  caller.Free("undo_c");
  auto engine = OpenEngine();
  ASSERT_TRUE(ReachesInTime(*engine, "s1", v1::Saga::COMPENSATED));
  EXPECT_EQ(Calls("undo_pack"), 1u);
  EXPECT_EQ(Calls("undo_send"), 0u);
  // Nobody knows of those that were under way whether they were answered: they are sent again.
  EXPECT_EQ(Calls("undo_c"), 23u);
  EXPECT_EQ(Calls("undo_a"), 1u);
  EXPECT_EQ(Calls("undo_b"), 1u);
}

}  // namespace
}  // namespace skald::runtime
