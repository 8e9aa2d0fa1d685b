// Stores that fail, engines that die, and engines that are stopped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/engine_harness.h"

namespace skald::runtime {
namespace {

using absl::StatusCode;
using core::Order;

class EngineFaultsTest : public EngineHarness, public ::testing::Test {
 protected:
  int64_t HistoryLength(const std::string& id) {
    return static_cast<int64_t>(store.ListHistory(id, 0, 1'000)->size());
  }
};

TEST_F(EngineFaultsTest, GoesOnWhereACrashedEngineWas) {
  caller.Hold("b");
  auto crashed = OpenEngine();
  ASSERT_TRUE(Start(*crashed, Trip("s1")).get().ok());
  ASSERT_TRUE(caller.WaitForHeld("b"));
  const int64_t epoch = Stored("s1").epoch();
  crashed.reset();

  auto engine = OpenEngine();
  // What was in flight is uncertain: it is sent again after a delay.
  ASSERT_TRUE(Eventually([&] { return Stored("s1").due_us() != 0; }));
  EXPECT_GT(Stored("s1").epoch(), epoch);
  AdvanceClock(*engine, absl::Seconds(1));
  ASSERT_TRUE(caller.WaitForHeld("b", 2));
  // The first one's reply comes late, to an engine that is gone.
  caller.Release("b");
  caller.Release("b");
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  EXPECT_EQ(caller.Methods(), "a b b c");
}

TEST_F(EngineFaultsTest, RecoversMoreSagasThanOnePageHolds) {
  caller.Hold("a");
  EngineOptions options = Quick();
  options.shards = 2;
  auto crashed = OpenEngine(options);
  constexpr int kSagas = 2'500;
  for (int i = 0; i < kSagas; ++i) {
    ASSERT_TRUE(Start(*crashed, Trip("s" + std::to_string(i))).get().ok());
  }
  crashed.reset();
  auto engine = OpenEngine(options);
  EXPECT_TRUE(Eventually([&] { return engine->Stats().transitions == kSagas; }));
  EXPECT_EQ(engine->Stats().active_sagas, kSagas);
}

TEST_F(EngineFaultsTest, LeavesSagasAloneWhoseDefinitionItLacks) {
  ASSERT_TRUE(registry.Add(Steps("trip", 2, {"a"})).ok());
  caller.Hold("a");
  auto crashed = OpenEngine();
  StartRequest request = Trip("s1");
  request.definition = registry.Find("trip", 2);
  ASSERT_TRUE(Start(*crashed, request).get().ok());
  ASSERT_TRUE(Start(*crashed, Trip("s2")).get().ok());
  crashed.reset();

  Registry older;
  ASSERT_TRUE(older.Add(Steps("trip", 1, {"a", "b", "c"})).ok());
  Engine engine(Quick(), older, store, caller, clock);
  ASSERT_TRUE(engine.Open().ok());
  EXPECT_EQ(engine.Stats().orphans, 1);
  ASSERT_TRUE(Eventually([&] { return Stored("s2").due_us() != 0; }));
  EXPECT_EQ(Stored("s1").revision(), 1);
  const auto refused = Give(engine, "s1", Order::Verb::kCancel).get();
  EXPECT_EQ(refused.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status().message()), testing::HasSubstr("trip@2"));
}

TEST_F(EngineFaultsTest, LeavesSagasAloneWhoseDefinitionHasOtherSteps) {
  caller.Hold("a");
  auto crashed = OpenEngine();
  ASSERT_TRUE(Start(*crashed, Trip("s1")).get().ok());
  crashed.reset();
  Registry changed;
  ASSERT_TRUE(changed.Add(Steps("trip", 1, {"a", "z"})).ok());
  Engine engine(Quick(), changed, store, caller, clock);
  ASSERT_TRUE(engine.Open().ok());
  EXPECT_EQ(engine.Stats().orphans, 1);
}

TEST_F(EngineFaultsTest, WaitsForAStoreThatIsAwayAndGoesOnWhenItIsBack) {
  caller.Hold("b");
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(caller.WaitForHeld("b"));
  store.FailEverything(Unavailable("pulled the plug"));
  caller.Release("b");
  auto started = Start(*engine, Trip("s2"));
  ASSERT_TRUE(Eventually([&] { return absl::IsUnavailable(engine->Stats().store); }));
  EXPECT_EQ(caller.Methods(), "a b");
  store.FailEverything(absl::OkStatus());
  EXPECT_TRUE(started.get().ok());
  EXPECT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  EXPECT_TRUE(Eventually([&] { return engine->Stats().store.ok(); }));
}

TEST_F(EngineFaultsTest, RefusesClientsAtOnceWhenTheStoreHasBeenAwayForLong) {
  EngineOptions options = Quick();
  options.store_patience = absl::ZeroDuration();
  auto engine = OpenEngine(options);
  store.FailEverything(absl::ResourceExhaustedError("the disk is full"));
  auto waiting = Start(*engine, Trip("s1"));
  ASSERT_TRUE(Eventually([&] { return !engine->Stats().store.ok(); }));
  const auto refused = Start(*engine, Trip("s2")).get();
  EXPECT_EQ(refused.status().code(), StatusCode::kUnavailable);
  EXPECT_THAT(std::string(refused.status().message()), testing::HasSubstr("the disk is full"));
  store.FailEverything(absl::OkStatus());
  EXPECT_TRUE(waiting.get().ok());
}

TEST_F(EngineFaultsTest, FindsOutThatACommitInDoubtWasStored) {
  auto engine = OpenEngine();
  store.FailNextCommit(absl::UnknownError("the answer was lost"), MemoryStore::Fate::kStored);
  const auto started = Start(*engine, Trip("s1")).get();
  ASSERT_TRUE(started.ok()) << started.status();
  EXPECT_EQ(started->kind, StartResult::Kind::kStarted);
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  EXPECT_EQ(caller.Methods(), "a b c");
  EXPECT_EQ(HistoryLength("s1"), Stored("s1").history_length());
}

TEST_F(EngineFaultsTest, CommitsAgainWhatACommitInDoubtDidNotStore) {
  auto engine = OpenEngine();
  for (int i = 0; i < 2; ++i) {
    store.FailNextCommit(absl::UnknownError("the answer was lost"), MemoryStore::Fate::kNotStored);
  }
  const auto started = Start(*engine, Trip("s1")).get();
  ASSERT_TRUE(started.ok()) << started.status();
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  EXPECT_EQ(caller.Methods(), "a b c");
}

TEST_F(EngineFaultsTest, TellsAStartInDoubtFromAnotherThatTookItsId) {
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, Trip("s1", "theirs")).get().ok());
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  ASSERT_TRUE(Eventually([&] { return engine->Stats().active_sagas == 0; }));
  store.FailNextCommit(absl::UnknownError("the answer was lost"), MemoryStore::Fate::kNotStored);
  EXPECT_EQ(Start(*engine, Trip("s1", "ours")).get().status().code(), StatusCode::kAlreadyExists);
}

TEST_F(EngineFaultsTest, SetsAsideOnlyTheSagaThatTheStoreRefuses) {
  auto engine = OpenEngine();
  store.FailNextCommit(Internal("this row is poison"), MemoryStore::Fate::kNotStored);
  EXPECT_EQ(Start(*engine, Trip("s1")).get().status().code(), StatusCode::kInternal);
  EXPECT_TRUE(Start(*engine, Trip("s2")).get().ok());
  EXPECT_TRUE(Reaches("s2", v1::Saga::COMPLETED));
  EXPECT_TRUE(Eventually([&] { return engine->Stats().set_aside == 1; }));
}

TEST_F(EngineFaultsTest, TakesUpASagaAgainThatWasSetAside) {
  caller.Hold("a");
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(caller.WaitForHeld("a"));
  store.FailNextCommit(Internal("this row is poison"), MemoryStore::Fate::kNotStored);
  caller.Release("a");
  ASSERT_TRUE(Eventually([&] { return engine->Stats().set_aside == 1; }));
  ASSERT_TRUE(Eventually([&] { return engine->Stats().active_sagas == 0; }));
  ASSERT_TRUE(Eventually([&] {
    AdvanceClock(*engine, absl::Minutes(1));
    return Stored("s1").revision() > 1;
  }));
  ASSERT_TRUE(Eventually([&] {
    AdvanceClock(*engine, absl::Seconds(1));
    return caller.calls().size() == 2;
  }));
  caller.Release("a");
  EXPECT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
}

TEST_F(EngineFaultsTest, ChangesNothingOnceAnotherEngineHasTakenTheShards) {
  caller.Hold("b");
  auto stale = OpenEngine();
  ASSERT_TRUE(Start(*stale, Trip("s1")).get().ok());
  ASSERT_TRUE(caller.WaitForHeld("b"));
  auto engine = OpenEngine();
  ASSERT_TRUE(Eventually([&] { return Stored("s1").due_us() != 0; }));

  caller.Release("b");
  ASSERT_TRUE(Eventually([&] { return stale->Stats().moved == 1; }));
  EXPECT_EQ(Start(*stale, Trip("s2")).get().status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(Give(*stale, "s1", Order::Verb::kCancel).get().status().code(),
            StatusCode::kUnavailable);

  AdvanceClock(*engine, absl::Seconds(1));
  ASSERT_TRUE(caller.WaitForHeld("b"));
  caller.Release("b");
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  EXPECT_EQ(caller.Methods(), "a b b c");
}

TEST_F(EngineFaultsTest, StoresWhatCameOfCallsUnderWayWhenItStops) {
  caller.Hold("a");
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(caller.WaitForHeld("a"));
  auto stopped = std::async(std::launch::async, [&] { engine->Stop(); });
  ASSERT_TRUE(Eventually([&] {
    return Start(*engine, Trip("s1")).get().status().code() == StatusCode::kUnavailable;
  }));
  caller.Release("a");
  stopped.get();
  EXPECT_EQ(Stored("s1").steps(0).status(), v1::Step::SUCCEEDED);
  // Nothing new was sent: the next engine goes on with b.
  EXPECT_EQ(caller.Methods(), "a");
  auto next = OpenEngine();
  EXPECT_TRUE(ReachesInTime(*next, "s1", v1::Saga::COMPLETED));
  EXPECT_EQ(caller.Methods(), "a b c");
}

TEST_F(EngineFaultsTest, DoesNotWaitForEverForACallThatDoesNotEnd) {
  caller.Hold("a");
  EngineOptions options = Quick();
  options.drain = absl::Milliseconds(1);
  auto engine = OpenEngine(options);
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(caller.WaitForHeld("a"));
  engine->Stop();
  engine.reset();
  caller.Release("a");
  EXPECT_TRUE(Stored("s1").steps(0).action().in_flight());
}

TEST_F(EngineFaultsTest, AnswersEverybodyWhenItStopsWhileTheStoreIsAway) {
  EngineOptions options = Quick();
  options.drain = absl::Milliseconds(5);
  auto engine = OpenEngine(options);
  store.FailEverything(Unavailable("pulled the plug"));
  auto start = Start(*engine, Trip("s1"));
  auto repeated = Start(*engine, Trip("s1"));
  auto order = Give(*engine, "s2", Order::Verb::kCancel);
  engine->Stop();
  EXPECT_EQ(start.get().status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(repeated.get().status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(order.get().status().code(), StatusCode::kUnavailable);
  EXPECT_TRUE(caller.calls().empty());
}

TEST_F(EngineFaultsTest, FailsToOpenWithTheStoresOwnWords) {
  store.FailEverything(Unavailable("pulled the plug"));
  auto engine = MakeEngine(Quick());
  EXPECT_THAT(std::string(engine->Open().message()), testing::HasSubstr("pulled the plug"));
  EXPECT_EQ(Start(*engine, Trip("s1")).get().status().code(), StatusCode::kUnavailable);
}

}  // namespace
}  // namespace skald::runtime
