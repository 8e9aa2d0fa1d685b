// Sagas that wait for long are rows, not memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/engine_harness.h"

namespace skald::runtime {
namespace {

using core::Order;
using core::Signal;

constexpr absl::Duration kMonth = absl::Hours(30 * 24);

class EngineSleepersTest : public EngineHarness, public ::testing::Test {
 protected:
  EngineSleepersTest() {
    Register(nodes::Tree("renewal", 1,
                         {nodes::Step("a"), nodes::Sleep("month", kMonth), nodes::Step("b")}));
    Register(nodes::Tree("loan", 1, {nodes::Step("a"), nodes::Await("approval")}));
  }
  [[nodiscard]] static bool HasInMemory(const Engine& engine, int64_t sagas) {
    return Eventually([&] {
      const EngineStats stats = engine.Stats();
      return stats.sagas_in_memory == sagas && stats.active_sagas == sagas;
    });
  }
  // Starts a saga that falls asleep.
  void StartSleeper(Engine& engine, const std::string& id) {
    ASSERT_TRUE(Start(engine, RequestFor("renewal", id)).get().ok());
    ASSERT_TRUE(Eventually([&] { return Stored(id).steps_size() == 2; }));
  }
  int Recoveries(const std::string& id) {
    int recoveries = 0;
    const auto history = store.ListHistory(id, 0, 100);
    for (const v1::HistoryEntry& entry : *history) {
      if (entry.kind() == v1::HistoryEntry::RECOVERED) ++recoveries;
    }
    return recoveries;
  }
};

TEST_F(EngineSleepersTest, KeepsNoSagaInMemoryThatSleepsForAMonthAndWakesItOnTime) {
  auto engine = OpenEngine();
  StartSleeper(*engine, "s1");
  ASSERT_TRUE(HasInMemory(*engine, 0));
  AdvanceClock(*engine, kMonth - absl::Milliseconds(1));
  // It is loaded for this, and has nothing to do yet.
  ASSERT_FALSE(Give(*engine, "s1", Order::Verb::kSkip).get().ok());
  EXPECT_EQ(caller.Methods(), "a");
  AdvanceClock(*engine, absl::Milliseconds(1));
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  EXPECT_EQ(caller.Methods(), "a b");
  EXPECT_EQ(FromMicros(Stored("s1").finished_us()), clock.Now());
}

TEST_F(EngineSleepersTest, WakesASagaOfAnEngineThatDiedWithoutTakingItForLost) {
  auto crashed = OpenEngine();
  StartSleeper(*crashed, "s1");
  crashed.reset();
  auto engine = OpenEngine();
  EXPECT_EQ(engine->Stats().sagas_in_memory, 0);
  AdvanceClock(*engine, kMonth);
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  EXPECT_EQ(caller.Methods(), "a b");
  EXPECT_EQ(Recoveries("s1"), 0);
}

TEST_F(EngineSleepersTest, WakesASagaThatWasDueWhileNoEngineRan) {
  auto crashed = OpenEngine();
  StartSleeper(*crashed, "s1");
  crashed.reset();
  clock.Set(clock.Now() + 2 * kMonth);
  auto engine = OpenEngine();
  EXPECT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
}

TEST_F(EngineSleepersTest, NeedsNoMemoryForTenThousandSleepers) {
  EngineOptions options = Quick();
  // However small: those that sleep do not count.
  options.backlog = 200;
  auto engine = OpenEngine(options);
  constexpr int kSagas = 10'000;
  for (int i = 0; i < kSagas; ++i) {
    const std::string id = "s" + std::to_string(i);
    while (!Start(*engine, RequestFor("renewal", id)).get().ok()) {
    }
  }
  ASSERT_TRUE(HasInMemory(*engine, 0));
  EXPECT_EQ(engine->Stats().transitions, 2 * kSagas);
  AdvanceClock(*engine, kMonth);
  ASSERT_TRUE(Eventually([&] { return engine->Stats().transitions == 4 * kSagas; }));
  EXPECT_TRUE(HasInMemory(*engine, 0));
  EXPECT_EQ(engine->Stats().moved, 0);
}

TEST_F(EngineSleepersTest, KeepsASagaInMemoryThatIsDueSoon) {
  caller.Answer("a", absl::StatusCode::kUnavailable);
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(Eventually([&] { return Stored("s1").asleep(); }));
  ASSERT_TRUE(Eventually([&] { return engine->Stats().transitions == 2; }));
  EXPECT_TRUE(HasInMemory(*engine, 1));
}

TEST_F(EngineSleepersTest, WakesASagaByASignal) {
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, RequestFor("loan", "s1")).get().ok());
  ASSERT_TRUE(Eventually([&] { return Stored("s1").steps_size() == 2; }));
  ASSERT_TRUE(HasInMemory(*engine, 0));
  const Signal approval{.name = "approval", .payload = "yes", .id = "m1", .actor = "ann"};
  const auto signalled = Give(*engine, "s1", approval).get();
  ASSERT_TRUE(signalled.ok()) << signalled.status();
  EXPECT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  EXPECT_EQ(Recoveries("s1"), 0);
}

TEST_F(EngineSleepersTest, LoadsASagaOnceForAllThatHappensAtOnce) {
  auto engine = OpenEngine();
  StartSleeper(*engine, "s1");
  ASSERT_TRUE(HasInMemory(*engine, 0));
  std::vector<std::future<absl::StatusOr<v1::SagaRecord>>> answers;
  clock.Set(clock.Now() + kMonth);
  for (int i = 0; i < 10; ++i) {
    answers.push_back(Give(*engine, "s1", Order::Verb::kPause));
    engine->ClockMoved();
    answers.push_back(Give(*engine, "s1", Order::Verb::kResume));
  }
  // The last ones may come too late.
  for (auto& answer : answers) answer.wait();
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  EXPECT_EQ(caller.Methods(), "a b");
  EXPECT_EQ(engine->Stats().moved, 0);
}

TEST_F(EngineSleepersTest, KeepsNoPausedSagaInMemoryAndResumesIt) {
  caller.Hold("b");
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(caller.WaitForHeld("b"));
  ASSERT_TRUE(Give(*engine, "s1", Order::Verb::kPause).get().ok());
  EXPECT_TRUE(HasInMemory(*engine, 1));
  caller.Release("b");
  ASSERT_TRUE(HasInMemory(*engine, 0));
  EXPECT_EQ(caller.Methods(), "a b");
  ASSERT_TRUE(Give(*engine, "s1", Order::Verb::kResume).get().ok());
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  EXPECT_EQ(caller.Methods(), "a b c");
}

TEST_F(EngineSleepersTest, WakesASagaThatCouldNotBeReadWhenItWasDue) {
  auto engine = OpenEngine();
  StartSleeper(*engine, "s1");
  ASSERT_TRUE(HasInMemory(*engine, 0));
  store.FailEverything(Unavailable("pulled the plug"));
  AdvanceClock(*engine, kMonth);
  AdvanceClock(*engine, absl::Seconds(1));
  store.FailEverything(absl::OkStatus());
  EXPECT_TRUE(Eventually([&] {
    AdvanceClock(*engine, absl::Seconds(1));
    return Stored("s1").status() == v1::Saga::COMPLETED;
  }));
}

TEST_F(EngineSleepersTest, CountsSleepersWhoseDefinitionItLacks) {
  auto crashed = OpenEngine();
  StartSleeper(*crashed, "s1");
  crashed.reset();
  Registry older;
  ASSERT_TRUE(older.Add(Steps("trip", 1, {"a", "b", "c"})).ok());
  Engine engine(Quick(), older, store, caller, clock);
  ASSERT_TRUE(engine.Open().ok());
  EXPECT_EQ(engine.Stats().orphans, 1);
  AdvanceClock(engine, kMonth);
  EXPECT_EQ(Stored("s1").revision(), 2);
}

TEST_F(EngineSleepersTest, StartsADelayedSagaOnTime) {
  auto engine = OpenEngine();
  StartRequest request = Trip("s1");
  request.start_at = clock.Now() + kMonth;
  ASSERT_TRUE(Start(*engine, request).get().ok());
  ASSERT_TRUE(HasInMemory(*engine, 0));
  EXPECT_EQ(caller.Methods(), "");
  AdvanceClock(*engine, kMonth);
  EXPECT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
}

}  // namespace
}  // namespace skald::runtime
