#include "engine/server/watch_hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <latch>
#include <vector>

#include "base/status.h"
#include "engine/runtime/engine_harness.h"
#include "engine/server/reader_pool.h"

namespace skald::server {
namespace {

using testing::ElementsAre;

v1::SagaRecord At(int64_t revision) {
  v1::SagaRecord record;
  record.set_revision(revision);
  return record;
}

// What a listener was told, in words. Locked.
class Heard {
 public:
  WatchHub::Listener Listener() {
    return [this](const News& news) {
      MutexLock lock(mutex_);
      if (news.saga.has_value()) words_.push_back(fmt::format("{}", news.saga->revision()));
      if (!news.failed.ok()) words_.emplace_back(Message(news.failed));
      if (news.timed_out) words_.emplace_back("timed out");
      if (news.closing) words_.emplace_back("closing");
      changed_.NotifyAll();
    };
  }
  std::vector<std::string> First(size_t count) {
    MutexLock lock(mutex_);
    while (words_.size() < count) changed_.Wait(lock);
    return words_;
  }
  std::vector<std::string> All() {
    MutexLock lock(mutex_);
    return words_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<std::string> words_ SKALD_GUARDED_BY(mutex_);
};

class WatchHubTest : public testing::Test {
 protected:
  uint64_t Add(std::optional<absl::Duration> timeout = std::nullopt) {
    return *hub_.Add(*engine_, "s1", timeout, heard_.Listener());
  }

  // Calls that a test holds back are not waited for at the end.
  static runtime::EngineOptions Options() {
    runtime::EngineOptions options = runtime::EngineHarness::Quick();
    options.drain = absl::ZeroDuration();
    return options;
  }

  runtime::EngineHarness harness_;
  std::unique_ptr<runtime::Engine> engine_ = harness_.OpenEngine(Options());
  Heard heard_;
  WatchHub hub_{2};
  // Before the hub goes: the engine is stopped.
  struct Stopper {
    runtime::Engine& engine;
    ~Stopper() { engine.Stop(); }
  } stopper_{*engine_};
};

TEST_F(WatchHubTest, AChangeBetweenAddAndBeginIsNotMissed) {
  harness_.caller.Hold("a");
  const uint64_t watch = Add();
  ASSERT_TRUE(runtime::EngineHarness::Start(*engine_, harness_.Trip("s1")).get().ok());
  EXPECT_THAT(heard_.All(), ElementsAre());
  // Read before the change, as far as this reader could tell.
  hub_.Begin(watch, At(0));
  EXPECT_THAT(heard_.First(1), ElementsAre("1"));
  hub_.Remove(watch);
}

TEST_F(WatchHubTest, AnOlderRecordIsNotToldAfterANewerOne) {
  harness_.caller.Hold("a");
  const uint64_t watch = Add();
  hub_.Begin(watch, At(7));
  EXPECT_THAT(heard_.First(1), ElementsAre("7"));
  ASSERT_TRUE(runtime::EngineHarness::Start(*engine_, harness_.Trip("s1")).get().ok());
  hub_.Close();
  EXPECT_THAT(heard_.First(2), ElementsAre("7", "closing"));
  hub_.Remove(watch);
}

TEST_F(WatchHubTest, AFailedReadIsTold) {
  const uint64_t watch = Add();
  hub_.Begin(watch, NotFound("there is no saga 's1'"));
  EXPECT_THAT(heard_.First(1), ElementsAre("there is no saga 's1'"));
  hub_.Remove(watch);
}

TEST_F(WatchHubTest, TimeIsUpOnlyAfterTheBegin) {
  const uint64_t watch = Add(absl::ZeroDuration());
  const uint64_t other = Add();
  hub_.Begin(other, At(3));
  EXPECT_THAT(heard_.First(1), ElementsAre("3"));
  hub_.Begin(watch, At(1));
  EXPECT_THAT(heard_.First(3), ElementsAre("3", "1", "timed out"));
  hub_.Remove(watch);
  hub_.Remove(other);
}

TEST_F(WatchHubTest, ATimeoutFarOffNeverComes) {
  const uint64_t watch = Add(absl::Hours(24 * 365 * 500));
  hub_.Begin(watch, At(1));
  EXPECT_THAT(heard_.First(1), ElementsAre("1"));
  hub_.Remove(watch);
}

TEST_F(WatchHubTest, MoreThanTheMostAreRefused) {
  const uint64_t first = Add();
  Add();
  EXPECT_TRUE(absl::IsResourceExhausted(
      hub_.Add(*engine_, "s1", std::nullopt, heard_.Listener()).status()));
  hub_.Remove(first);
  EXPECT_EQ(hub_.size(), 1);
  EXPECT_TRUE(hub_.Add(*engine_, "s1", std::nullopt, heard_.Listener()).ok());
}

TEST_F(WatchHubTest, NobodyIsAddedAfterTheClose) {
  hub_.Close();
  EXPECT_TRUE(
      absl::IsUnavailable(hub_.Add(*engine_, "s1", std::nullopt, heard_.Listener()).status()));
}

TEST(ReaderPoolTest, RefusesWhatDoesNotFitTheQueueAndRunsTheRest) {
  std::latch running(1);
  std::promise<void> go;
  int ran = 0;
  {
    ReaderPool pool(1, 1);
    ASSERT_TRUE(pool.Run([&] {
      running.count_down();
      go.get_future().wait();
      ++ran;
    }));
    running.wait();
    EXPECT_TRUE(pool.Run([&] { ++ran; }));
    EXPECT_FALSE(pool.Run([&] { ++ran; }));
    go.set_value();
  }
  EXPECT_EQ(ran, 2);
}

}  // namespace
}  // namespace skald::server
