#include "engine/runtime/due_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/status.h"
#include "engine/runtime/engine_harness.h"
#include "engine/runtime/store_harness.h"
#include "storage/memory/memory_store.h"

namespace skald::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CountingStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  absl::StatusOr<std::vector<v1::SagaRecord>> LoadDue(std::span<const int> shards,
                                                      const DuePlace& after, int64_t before_us,
                                                      int limit) override {
    auto result = store_.LoadDue(shards, after, before_us, limit);
    MutexLock lock(mutex_);
    ++asked_;
    return result;
  }
  int asked() const {
    MutexLock lock(mutex_);
    return asked_;
  }

 private:
  mutable Mutex mutex_;
  int asked_ SKALD_GUARDED_BY(mutex_) = 0;
};

class DueScanTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(memory_.TakeShards(2, "test").ok()); }

  void AddSleeper(const std::string& id, absl::Duration wakes_in, int shard = 0) {
    v1::SagaRecord saga;
    saga.set_id(id);
    saga.set_shard(shard);
    saga.set_revision(1);
    saga.set_epoch(1);
    saga.set_status(v1::Saga::RUNNING);
    saga.set_asleep(true);
    saga.set_due_us(ToMicros(clock_.Now() + wakes_in));
    const Change change{.record = &saga};
    ASSERT_TRUE(memory_.Commit({&change, 1}).ok());
  }
  void Begin() {
    scan_ = std::make_unique<DueScan>(
        store_, clock_, DueScan::Options{.shards = {0, 1}, .horizon = absl::Seconds(60)},
        [this](const std::vector<v1::SagaRecord>& sagas) {
          MutexLock lock(mutex_);
          for (const v1::SagaRecord& saga : sagas) found_.push_back(saga.id());
        });
  }
  void Advance(absl::Duration duration) {
    clock_.Set(clock_.Now() + duration);
    scan_->Wake();
  }
  [[nodiscard]] bool HasAsked(int times) {
    return Eventually([&] { return store_.asked() >= times; });
  }
  // What was found since it was last asked for.
  std::vector<std::string> Found() {
    MutexLock lock(mutex_);
    return std::exchange(found_, {});
  }
  [[nodiscard]] bool Finds(size_t count) {
    return Eventually([&] {
      MutexLock lock(mutex_);
      return found_.size() >= count;
    });
  }

  MemoryStore memory_;
  CountingStore store_{memory_};
  ManualClock clock_;
  Mutex mutex_;
  std::vector<std::string> found_ SKALD_GUARDED_BY(mutex_);
  std::unique_ptr<DueScan> scan_;
};

TEST_F(DueScanTest, FindsWhatIsDueSoonInTheOrderInWhichItIs) {
  AddSleeper("later", absl::Seconds(20), 1);
  AddSleeper("much_later", absl::Hours(1));
  AddSleeper("overdue", -absl::Hours(1));
  AddSleeper("soon", absl::Seconds(1));
  Begin();
  ASSERT_TRUE(Finds(3));
  EXPECT_THAT(Found(), ElementsAre("overdue", "soon", "later"));
}

TEST_F(DueScanTest, FindsEverySagaBeforeItIsDueAndOnce) {
  constexpr int kSagas = 300;
  for (int i = 0; i < kSagas; ++i) AddSleeper("s" + std::to_string(i), absl::Seconds(i));
  Begin();
  std::set<std::string> found;
  for (int second = 0; second < kSagas; ++second) {
    ASSERT_TRUE(Eventually([&] {
      for (const std::string& id : Found()) EXPECT_TRUE(found.insert(id).second) << id;
      return found.contains("s" + std::to_string(second));
    })) << second;
    Advance(absl::Seconds(1));
  }
}

TEST_F(DueScanTest, ReadsMoreThanOnePageHolds) {
  constexpr size_t kSagas = 1'000;
  for (size_t i = 0; i < kSagas; ++i) AddSleeper("s" + std::to_string(i), absl::ZeroDuration());
  Begin();
  EXPECT_TRUE(Finds(kSagas));
  EXPECT_EQ(Found().size(), kSagas);
}

TEST_F(DueScanTest, AsksTheStoreTwiceInAHorizonHoweverOftenTheClockMoves) {
  Begin();
  ASSERT_TRUE(HasAsked(1));
  for (int i = 0; i < 600; ++i) Advance(absl::Milliseconds(100));
  ASSERT_TRUE(HasAsked(2));
  Advance(absl::Seconds(30));
  ASSERT_TRUE(HasAsked(3));
  EXPECT_LE(store_.asked(), 4);
}

TEST_F(DueScanTest, AsksAgainASecondLaterWhenTheStoreIsAway) {
  AddSleeper("s1", absl::Seconds(1));
  memory_.FailEverything(Unavailable("pulled the plug"));
  Begin();
  for (int times = 1; times <= 3; ++times) {
    ASSERT_TRUE(HasAsked(times));
    EXPECT_THAT(Found(), IsEmpty());
    if (times == 3) memory_.FailEverything(absl::OkStatus());
    // Once for each of them: it must have come to wait again.
    ASSERT_TRUE(Eventually([&] {
      Advance(absl::Seconds(1));
      return store_.asked() > times;
    }));
  }
  ASSERT_TRUE(Finds(1));
  EXPECT_THAT(Found(), ElementsAre("s1"));
}

TEST_F(DueScanTest, LooksAtEverythingAgainWhenTheClockWasSetBack) {
  AddSleeper("s1", absl::Seconds(1));
  Begin();
  ASSERT_TRUE(Finds(1));
  Found();
  Advance(-absl::Seconds(30));
  ASSERT_TRUE(Finds(1));
  EXPECT_THAT(Found(), ElementsAre("s1"));
}

}  // namespace
}  // namespace skald::runtime
