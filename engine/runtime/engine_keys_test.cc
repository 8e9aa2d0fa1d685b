// Exclusive keys: who gets one, who is told that it is taken, who waits.
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <utility>

#include "base/status.h"
#include "engine/core/schedule.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/engine_harness.h"

namespace skald::runtime {
namespace {

using core::Order;
using Kind = StartResult::Kind;
using WhenTaken = ExclusiveKey::WhenTaken;

class EngineKeysTest : public EngineHarness, public ::testing::Test {
 protected:
  EngineKeysTest() {
    for (const auto& [name, when_taken] :
         {std::pair("strict", WhenTaken::kReject), {"patient", WhenTaken::kQueue}}) {
      Definition definition = Steps(name, 1, {"a", "b"});
      definition.exclusive = {
          .key = [](std::string_view) -> absl::StatusOr<std::string> { return "order-42"; },
          .when_taken = when_taken};
      Register(std::move(definition));
    }
  }
  StartRequest With(const std::string& definition, const std::string& id) const {
    StartRequest request = RequestFor(definition, id);
    request.exclusive_key = "order-42";
    return request;
  }
  // Starts s1, which holds the key until "a" is released.
  std::unique_ptr<Engine> EngineWithHolder() {
    caller.Hold("a");
    auto engine = OpenEngine();
    EXPECT_EQ(Start(*engine, With("patient", "s1")).get()->kind, Kind::kStarted);
    EXPECT_TRUE(caller.WaitForHeld("a"));
    return engine;
  }
};

TEST_F(EngineKeysTest, RefusesAStartWhoseKeyAnotherSagaHoldsAndLeavesNoTrace) {
  auto engine = EngineWithHolder();
  const auto refused = Start(*engine, With("strict", "s2")).get();
  ASSERT_TRUE(refused.ok()) << refused.status();
  EXPECT_EQ(refused->kind, Kind::kKeyTaken);
  EXPECT_EQ(refused->saga.id(), "");
  EXPECT_EQ(Stored("s2").id(), "");
  EXPECT_TRUE(Eventually([&] { return engine->Stats().sagas_in_memory == 1; }));
  EXPECT_EQ(engine->Stats().active_sagas, 1);
}

TEST_F(EngineKeysTest, GivesTheKeyToTheNextStartWhenItsHolderHasEnded) {
  auto engine = EngineWithHolder();
  caller.Release("a");
  ASSERT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  EXPECT_EQ(Start(*engine, With("strict", "s2")).get()->kind, Kind::kStarted);
}

TEST_F(EngineKeysTest, AnswersARepeatedStartOfTheHolderWithTheHolder) {
  auto engine = EngineWithHolder();
  const auto repeated = Start(*engine, With("patient", "s1")).get();
  ASSERT_TRUE(repeated.ok()) << repeated.status();
  EXPECT_EQ(repeated->kind, Kind::kAlreadyStarted);
  EXPECT_EQ(repeated->saga.id(), "s1");
}

TEST_F(EngineKeysTest, QueuesASagaAndBeginsItAsSoonAsTheHolderHasEnded) {
  auto engine = EngineWithHolder();
  const auto queued = Start(*engine, With("patient", "s2")).get();
  ASSERT_TRUE(queued.ok()) << queued.status();
  EXPECT_EQ(queued->kind, Kind::kStarted);
  EXPECT_TRUE(queued->saga.queued());
  EXPECT_EQ(Start(*engine, With("patient", "s2")).get()->kind, Kind::kAlreadyStarted);
  caller.Release("a");
  // Nobody moves the clock: it is told.
  ASSERT_TRUE(caller.WaitForHeld("a"));
  EXPECT_FALSE(Stored("s2").queued());
  caller.Release("a");
  EXPECT_TRUE(Reaches("s2", v1::Saga::COMPLETED));
}

TEST_F(EngineKeysTest, BeginsQueuedSagasOneAfterTheOtherInTheirOrder) {
  auto engine = EngineWithHolder();
  for (const char* id : {"s2", "s3", "s4"}) {
    AdvanceClock(*engine, absl::Milliseconds(1));
    ASSERT_TRUE(Start(*engine, With("patient", id)).get().ok());
  }
  for (int ended = 0; ended < 4; ++ended) {
    ASSERT_TRUE(caller.WaitForHeld("a"));
    caller.Release("a");
  }
  ASSERT_TRUE(Reaches("s4", v1::Saga::COMPLETED));
  std::string order;
  for (const OutgoingCall& call : caller.calls()) {
    if (call.attempt.step == "a") order += call.saga_id + " ";
  }
  EXPECT_EQ(order, "s1 s2 s3 s4 ");
}

TEST_F(EngineKeysTest, GoesOnWaitingWhenItAsksForAKeyThatIsStillTaken) {
  auto engine = EngineWithHolder();
  ASSERT_TRUE(Start(*engine, With("patient", "s2")).get().ok());
  const int64_t commits = engine->Stats().commits;
  for (int64_t asked = 1; asked <= 3; ++asked) {
    ASSERT_TRUE(Eventually([&] {
      AdvanceClock(*engine, absl::Microseconds(core::kQueuePollUs));
      return engine->Stats().commits >= commits + asked;
    }));
  }
  EXPECT_TRUE(Stored("s2").queued());
  EXPECT_EQ(Stored("s2").revision(), 1);
  // The record in memory is as it was: an order finds it.
  const auto cancelled = Give(*engine, "s2", Order::Verb::kCancel).get();
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_EQ(cancelled->status(), v1::Saga::COMPENSATED);
  EXPECT_EQ(caller.Methods(), "a");
}

TEST_F(EngineKeysTest, BeginsAQueuedSagaWhoseHolderEndedOnAnEngineThatDied) {
  auto crashed = EngineWithHolder();
  ASSERT_TRUE(Start(*crashed, With("patient", "s2")).get().ok());
  crashed.reset();
  auto engine = OpenEngine();
  // What was in flight is sent again.
  ASSERT_TRUE(Eventually([&] {
    AdvanceClock(*engine, absl::Seconds(1));
    return caller.calls().size() == 2;
  }));
  ASSERT_TRUE(caller.WaitForHeld("a", 2));
  caller.Release("a");
  caller.Release("a");
  ASSERT_TRUE(caller.WaitForHeld("a"));
  caller.Release("a");
  EXPECT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
  EXPECT_TRUE(Reaches("s2", v1::Saga::COMPLETED));
}

TEST_F(EngineKeysTest, PassesTheKeyOnWhenTheOneThatIsNextIsCancelled) {
  auto engine = EngineWithHolder();
  for (const char* id : {"s2", "s3"}) {
    AdvanceClock(*engine, absl::Milliseconds(1));
    ASSERT_TRUE(Start(*engine, With("patient", id)).get().ok());
  }
  ASSERT_TRUE(Give(*engine, "s2", Order::Verb::kCancel).get().ok());
  caller.Release("a");
  ASSERT_TRUE(caller.WaitForHeld("a"));
  EXPECT_EQ(caller.calls().back().saga_id, "s3");
}

TEST_F(EngineKeysTest, KnowsItsOwnClaimWhenTheAnswerOfTheStoreWasLost) {
  auto engine = OpenEngine();
  store.FailNextCommit(absl::UnknownError("the answer was lost"), MemoryStore::Fate::kStored);
  EXPECT_EQ(Start(*engine, With("strict", "s1")).get()->kind, Kind::kStarted);
  EXPECT_TRUE(Reaches("s1", v1::Saga::COMPLETED));
}

TEST_F(EngineKeysTest, FindsTheKeyTakenWhenItRepeatsACommitThatWasLost) {
  auto engine = EngineWithHolder();
  store.FailNextCommit(absl::UnknownError("the answer was lost"), MemoryStore::Fate::kNotStored);
  EXPECT_EQ(Start(*engine, With("strict", "s2")).get()->kind, Kind::kKeyTaken);
  store.FailNextCommit(absl::UnknownError("the answer was lost"), MemoryStore::Fate::kNotStored);
  const auto queued = Start(*engine, With("patient", "s3")).get();
  ASSERT_TRUE(queued.ok()) << queued.status();
  EXPECT_TRUE(queued->saga.queued());
}

}  // namespace
}  // namespace skald::runtime
