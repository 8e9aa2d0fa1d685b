// Sagas from start to end, on a store that works.
#include "engine/runtime/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/thread.h"
#include "engine/runtime/engine_harness.h"

namespace skald::runtime {
namespace {

using absl::StatusCode;
using core::Order;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EngineTest : public EngineHarness, public ::testing::Test {};

TEST_F(EngineTest, CompletesASagaWhoseStepsAllSucceed) {
  auto engine = OpenEngine();
  const auto started = Start(*engine, Trip("s1")).get();
  ASSERT_TRUE(started.ok()) << started.status();
  EXPECT_EQ(started->kind, StartResult::Kind::kStarted);
  EXPECT_EQ(started->saga.status(), v1::Saga::RUNNING);
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  EXPECT_EQ(caller.Methods(), "a b c");
  EXPECT_TRUE(Eventually([&] { return engine->Stats().active_sagas == 0; }));
}

TEST_F(EngineTest, TellsParticipantsWhoIsCallingAndWithWhichEpoch) {
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  const OutgoingCall call = caller.calls().front();
  EXPECT_EQ(call.saga_id, "s1");
  EXPECT_EQ(call.definition, "trip@1");
  EXPECT_EQ(call.epoch, Stored("s1").epoch());
  EXPECT_GT(call.epoch, 0);
  EXPECT_EQ(call.attempt.attempt, 1);
}

TEST_F(EngineTest, CompensatesInReverseWhenAParticipantSaysNo) {
  caller.Answer("c", StatusCode::kFailedPrecondition, "sold out");
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPENSATED));
  EXPECT_EQ(caller.Methods(), "a b c undo_b undo_a");
  EXPECT_EQ(Stored("s1").cause().message(), "sold out");
}

TEST_F(EngineTest, RetriesOnTheClockAndCompensatesTheUncertainStepWhenTheRetriesEnd) {
  for (int i = 0; i < 4; ++i) caller.Answer("b", StatusCode::kUnavailable);
  auto engine = OpenEngine();
  const absl::Time begin = clock.Now();
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(ReachesInTime(*engine, "s1", v1::Saga::COMPENSATED));
  EXPECT_EQ(caller.Methods(), "a b b b b undo_b undo_a");
  EXPECT_EQ(clock.Now() - begin, absl::Seconds(1 + 2 + 4));
}

TEST_F(EngineTest, SendsNoRetryBeforeItsTime) {
  caller.Answer("a", StatusCode::kUnavailable);
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(Eventually([&] { return Stored("s1").due_us() != 0; }));
  AdvanceClock(*engine, absl::Milliseconds(999));
  // Orders go through the same mailbox: once this one is answered, the clock has been looked at.
  ASSERT_FALSE(Give(*engine, "s1", Order::Verb::kSkip).get().ok());
  EXPECT_EQ(caller.Methods(), "a");
  AdvanceClock(*engine, absl::Milliseconds(1));
  EXPECT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
}

TEST_F(EngineTest, NeverLetsASagasTimeRunBackwards) {
  caller.Hold("a");
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(caller.WaitForHeld("a"));
  AdvanceClock(*engine, -absl::Hours(1));
  caller.Release("a");
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  EXPECT_EQ(Stored("s1").finished_us(), Stored("s1").created_us());
}

TEST_F(EngineTest, AnswersARepeatedStartWithTheSameSaga) {
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  ASSERT_TRUE(Eventually([&] { return engine->Stats().active_sagas == 0; }));
  const auto repeated = Start(*engine, Trip("s1")).get();
  ASSERT_TRUE(repeated.ok()) << repeated.status();
  EXPECT_EQ(repeated->kind, StartResult::Kind::kAlreadyStarted);
  EXPECT_EQ(repeated->saga.status(), v1::Saga::COMPLETED);
  EXPECT_EQ(caller.Methods(), "a b c");
}

TEST_F(EngineTest, RefusesAStartWhoseIdIsTakenByAnotherInput) {
  ASSERT_TRUE(registry.Add(Steps("tour", 2, {"a"})).ok());
  caller.Hold("a");
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  EXPECT_EQ(Start(*engine, Trip("s1", "other")).get().status().code(), StatusCode::kAlreadyExists);
  StartRequest tour = Trip("s1");
  tour.definition = registry.Find("tour", 2);
  const auto refused = Start(*engine, tour).get();
  EXPECT_EQ(refused.status().code(), StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(refused.status().message()),
              testing::AllOf(HasSubstr("trip@1"), HasSubstr("tour@2")));
}

TEST_F(EngineTest, StartsOneSagaWhenManyStartItAtOnce) {
  auto engine = OpenEngine();
  std::atomic<int> first{0};
  std::atomic<int> repeated{0};
  {
    std::vector<Thread> clients;
    for (int i = 0; i < 8; ++i) {
      clients.emplace_back("client", [&] {
        for (int n = 0; n < 20; ++n) {
          const auto started = Start(*engine, Trip("s" + std::to_string(n))).get();
          if (started.ok()) ++(started->kind == StartResult::Kind::kStarted ? first : repeated);
        }
      });
    }
  }
  EXPECT_EQ(first, 20);
  EXPECT_EQ(repeated, 140);
}

TEST_F(EngineTest, DrivesTenThousandSagasAtOnce) {
  auto engine = OpenEngine();
  constexpr int kSagas = 10'000;
  std::atomic<int> started{0};
  for (int i = 0; i < kSagas; ++i) {
    engine->Start(Trip("s" + std::to_string(i)), [&](const absl::StatusOr<StartResult>& result) {
      if (result.ok()) ++started;
    });
  }
  ASSERT_TRUE(Eventually([&] { return engine->Stats().transitions == kSagas * 4; }));
  engine->Stop();
  EXPECT_EQ(started, kSagas);
  EXPECT_EQ(caller.calls().size(), size_t{kSagas} * 3);
}

TEST_F(EngineTest, RefusesStartsBeyondTheBacklog) {
  caller.Hold("a");
  EngineOptions options = Quick();
  options.backlog = 2;
  auto engine = OpenEngine(options);
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(Start(*engine, Trip("s2")).get().ok());
  EXPECT_EQ(Start(*engine, Trip("s3")).get().status().code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(Start(*engine, Trip("s1")).get()->kind, StartResult::Kind::kAlreadyStarted);
  ASSERT_TRUE(caller.WaitForHeld("a", 2));
  caller.Release("a");
  ASSERT_TRUE(Eventually([&] { return engine->Stats().active_sagas == 1; }));
  EXPECT_TRUE(Start(*engine, Trip("s3")).get().ok());
}

TEST_F(EngineTest, HoldsTheRestOfTheBacklogForLowerTiers) {
  caller.Hold("a");
  EngineOptions options = Quick();
  options.backlog = 10;
  auto engine = OpenEngine(options);
  int started = 0;
  const auto start = [&](int tier) {
    StartRequest request = Trip("s" + std::to_string(++started));
    request.tier = tier;
    return Start(*engine, request).get().status();
  };
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(start(2).ok());
  const absl::Status refused = start(2);
  EXPECT_EQ(refused.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("tier 2 may fill 80 %"));
  EXPECT_TRUE(start(1).ok());
  EXPECT_EQ(start(1).code(), StatusCode::kResourceExhausted);
  EXPECT_TRUE(start(0).ok());
  EXPECT_EQ(start(0).code(), StatusCode::kResourceExhausted);
}

TEST_F(EngineTest, CancelsARunningSaga) {
  caller.Hold("b");
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(caller.WaitForHeld("b"));
  const auto cancelled = Give(*engine, "s1", Order::Verb::kCancel).get();
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_EQ(cancelled->status(), v1::Saga::COMPENSATING);
  caller.Release("b");
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPENSATED));
  EXPECT_EQ(caller.Methods(), "a b undo_b undo_a");
}

TEST_F(EngineTest, TellsAClientThatCancelsTooLateHowTheSagaEnded) {
  caller.Hold("c");
  auto engine = OpenEngine();
  for (int i = 0; i < 50; ++i) {
    const std::string id = "s" + std::to_string(i);
    ASSERT_TRUE(Start(*engine, Trip(id)).get().ok());
    ASSERT_TRUE(caller.WaitForHeld("c"));
    auto cancel = std::async(std::launch::async,
                             [&] { return Give(*engine, id, Order::Verb::kCancel).get(); });
    caller.Release("c");
    const bool cancelled = cancel.get().ok();
    EXPECT_TRUE(Reaches(id, cancelled ? v1::Saga::COMPENSATED : v1::Saga::COMPLETED));
  }
}

TEST_F(EngineTest, TakesOrdersForParkedSagas) {
  caller.Answer("b", StatusCode::kNotFound, "no");
  caller.Answer("undo_a", StatusCode::kNotFound, "cannot undo");
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(Reaches("s1", v1::Saga::DEAD_LETTERED));
  ASSERT_TRUE(Eventually([&] { return engine->Stats().active_sagas == 0; }));
  const auto retried = Give(*engine, "s1", Order::Verb::kRetry).get();
  ASSERT_TRUE(retried.ok()) << retried.status();
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPENSATED));
  EXPECT_EQ(caller.Methods(), "a b undo_a undo_a");
}

TEST_F(EngineTest, AnswersNotFoundToAnOrderForNoSaga) {
  auto engine = OpenEngine();
  const auto answer = Give(*engine, "s1", Order::Verb::kCancel).get();
  EXPECT_EQ(answer.status().code(), StatusCode::kNotFound);
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("s1"));
}

TEST_F(EngineTest, ToldByTheCoreThatAnOrderMakesNoSensePassesItOn) {
  auto engine = OpenEngine();
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  EXPECT_EQ(Give(*engine, "s1", Order::Verb::kCancel).get().status().code(),
            StatusCode::kFailedPrecondition);
}

TEST_F(EngineTest, ShowsAWatcherEveryChange) {
  auto engine = OpenEngine();
  Mutex mutex;
  std::vector<int64_t> revisions;
  std::vector<v1::Saga::Status> statuses;
  const uint64_t watch = engine->Watch("s1", [&](const v1::SagaRecord& saga) {
    MutexLock lock(mutex);
    revisions.push_back(saga.revision());
    statuses.push_back(saga.status());
  });
  ASSERT_TRUE(Start(*engine, Trip("s1")).get().ok());
  ASSERT_TRUE(Start(*engine, Trip("s2")).get().ok());
  ASSERT_TRUE(Eventually([&] {
    MutexLock lock(mutex);
    return !statuses.empty() && statuses.back() == v1::Saga::COMPLETED;
  }));
  engine->Unwatch(watch);
  MutexLock lock(mutex);
  EXPECT_THAT(revisions, ElementsAre(1, 2, 3, 4));
}

TEST_F(EngineTest, GivesAReaderWhoWasAnsweredWhatHeWasAnswered) {
  auto engine = OpenEngine();
  for (int i = 0; i < 100; ++i) {
    const std::string id = "s" + std::to_string(i);
    const auto started = Start(*engine, Trip(id)).get();
    ASSERT_TRUE(started.ok());
    EXPECT_GE(Stored(id).revision(), started->saga.revision());
  }
}

}  // namespace
}  // namespace skald::runtime
