// Batches, and what becomes of each change when the store has doubts or objections.
#include "engine/runtime/committer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"
#include "engine/runtime/engine_harness.h"
#include "engine/runtime/store_harness.h"
#include "storage/memory/memory_store.h"

namespace skald::runtime {
namespace {

using Outcome = CommitJob::Outcome;
using ::testing::ElementsAre;
using ::testing::Pair;

class CommitterTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(store_.TakeShards(1, "test").ok()); }

  // A saga's first change.
  static std::unique_ptr<CommitJob> JobOf(const std::string& id) {
    auto job = std::make_unique<CommitJob>();
    job->transition.record.set_id(id);
    job->transition.record.set_revision(1);
    job->transition.record.set_epoch(1);
    return job;
  }
  // The first delivery waits until `release_` is set, so that a batch forms behind it.
  void Deliver(CommitJobs jobs) {
    if (std::exchange(first_, false)) release_.get_future().wait();
    MutexLock lock(mutex_);
    for (const auto& job : jobs) outcomes_[job->transition.record.id()] = job->outcome;
  }
  std::map<std::string, Outcome> Outcomes(size_t count) {
    EXPECT_TRUE(Eventually([&] {
      MutexLock lock(mutex_);
      return outcomes_.size() == count;
    }));
    MutexLock lock(mutex_);
    return outcomes_;
  }
  // Lets s1, s2 and s3 be committed in one batch, after s0, while `prepare` has its say.
  template <typename Prepare>
  void CommitABatch(Committer& committer, const Prepare& prepare) {
    committer.Submit(JobOf("s0"));
    EXPECT_TRUE(Eventually([&] { return store_.commits() == 1; }));
    prepare();
    for (const char* id : {"s1", "s2", "s3"}) committer.Submit(JobOf(id));
    release_.set_value();
  }

  MemoryStore store_;
  Counters counters_;
  std::promise<void> release_;
  bool first_ = true;
  Mutex mutex_;
  std::map<std::string, Outcome> outcomes_ SKALD_GUARDED_BY(mutex_);
  const Committer::Options options_{.batch = 10, .retry = absl::Milliseconds(1)};
};

TEST_F(CommitterTest, CommitsTogetherWhatWaitsWhileACommitIsUnderWay) {
  Committer committer(store_, options_, counters_,
                      [this](CommitJobs jobs) { Deliver(std::move(jobs)); });
  CommitABatch(committer, [] {});
  EXPECT_THAT(Outcomes(4), ElementsAre(Pair("s0", Outcome::kStored), Pair("s1", Outcome::kStored),
                                       Pair("s2", Outcome::kStored), Pair("s3", Outcome::kStored)));
  EXPECT_EQ(store_.commits(), 2);
}

TEST_F(CommitterTest, CommitsLowerTiersFirstWhenMoreWaitsThanABatchHolds) {
  std::vector<std::string> order;
  Committer committer(store_, {.batch = 2, .retry = absl::Milliseconds(1)}, counters_,
                      [&](CommitJobs jobs) {
                        for (const auto& job : jobs) order.push_back(job->transition.record.id());
                        Deliver(std::move(jobs));
                      });
  committer.Submit(JobOf("s0"));
  ASSERT_TRUE(Eventually([&] { return store_.commits() == 1; }));
  for (const auto& [id, tier] :
       std::map<std::string, int>{{"s1", 2}, {"s2", 1}, {"s3", 0}, {"s4", 1}, {"s5", 0}}) {
    auto job = JobOf(id);
    job->transition.record.set_tier(tier);
    committer.Submit(std::move(job));
  }
  release_.set_value();
  Outcomes(6);
  EXPECT_THAT(order, ElementsAre("s0", "s3", "s5", "s2", "s4", "s1"));
}

TEST_F(CommitterTest, StoresTheOthersWhenTheStoreRefusesOneOfThem) {
  Committer committer(store_, options_, counters_,
                      [this](CommitJobs jobs) { Deliver(std::move(jobs)); });
  CommitABatch(committer, [&] {
    // The batch, and then its first change alone.
    store_.FailNextCommit(Internal("poison"), MemoryStore::Fate::kNotStored);
    store_.FailNextCommit(Internal("poison"), MemoryStore::Fate::kNotStored);
  });
  EXPECT_THAT(Outcomes(4), ElementsAre(Pair("s0", Outcome::kStored), Pair("s1", Outcome::kRefused),
                                       Pair("s2", Outcome::kStored), Pair("s3", Outcome::kStored)));
}

TEST_F(CommitterTest, TellsEachChangeOfABatchItsOwnResult) {
  const auto taken = JobOf("s2");
  const Change change{.record = &taken->transition.record};
  ASSERT_TRUE(store_.Commit({&change, 1}).ok());
  Committer committer(store_, options_, counters_,
                      [this](CommitJobs jobs) { Deliver(std::move(jobs)); });
  auto stale = JobOf("s3");
  stale->transition.record.set_epoch(0);
  auto conflict = JobOf("s4");
  conflict->transition.record.set_revision(9);
  release_.set_value();
  for (auto* job : {&stale, &conflict}) committer.Submit(std::move(*job));
  for (const char* id : {"s1", "s2"}) committer.Submit(JobOf(id));
  EXPECT_THAT(Outcomes(4),
              ElementsAre(Pair("s1", Outcome::kStored), Pair("s2", Outcome::kAlreadyExists),
                          Pair("s3", Outcome::kStaleEpoch), Pair("s4", Outcome::kConflict)));
}

TEST_F(CommitterTest, KeepsWhatTheStoreCannotTakeNow) {
  Committer committer(store_, options_, counters_,
                      [this](CommitJobs jobs) { Deliver(std::move(jobs)); });
  CommitABatch(committer, [&] {
    for (int i = 0; i < 3; ++i) {
      store_.FailNextCommit(Unavailable("away"), MemoryStore::Fate::kNotStored);
    }
  });
  EXPECT_EQ(Outcomes(4)["s3"], Outcome::kStored);
  EXPECT_TRUE(committer.store().ok());
}

TEST_F(CommitterTest, GivesUpOnAStoreThatIsAwayWhenTheEngineStops) {
  release_.set_value();
  Committer committer(store_, options_, counters_,
                      [this](CommitJobs jobs) { Deliver(std::move(jobs)); });
  store_.FailEverything(Unavailable("away"));
  committer.Submit(JobOf("s1"));
  ASSERT_TRUE(Eventually([&] { return !committer.store().ok(); }));
  committer.GiveUpAfter(absl::Milliseconds(1));
  EXPECT_THAT(Outcomes(1), ElementsAre(Pair("s1", Outcome::kAbandoned)));
}

// A commit whose answer was lost, and that comes through only after it was looked up: what a
// database does whose client's connection broke while it was still at work.
class LateStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  absl::StatusOr<std::vector<ChangeResult>> Commit(std::span<const Change> changes) override {
    if (++commits_ == 1) return absl::UnknownError("the answer was lost");
    if (commits_ == 2) {
      EXPECT_TRUE(store_.Commit(changes).ok());
    }
    return store_.Commit(changes);
  }

 private:
  int commits_ = 0;
};

TEST_F(CommitterTest, RecognizesItsOwnCommitThatCameThroughLate) {
  release_.set_value();
  LateStore late(store_);
  Committer committer(late, options_, counters_,
                      [this](CommitJobs jobs) { Deliver(std::move(jobs)); });
  committer.Submit(JobOf("s1"));
  EXPECT_THAT(Outcomes(1), ElementsAre(Pair("s1", Outcome::kStored)));
}

TEST_F(CommitterTest, StoresADefinitionWithItsFirstSagaAndNotAgain) {
  // Which revisions came with a definition.
  class WatchedStore final : public ForwardingStore {
   public:
    using ForwardingStore::ForwardingStore;
    absl::StatusOr<std::vector<ChangeResult>> Commit(std::span<const Change> changes) override {
      for (const Change& change : changes) {
        if (change.definition != nullptr) with_definition.push_back(change.record->id());
      }
      return store_.Commit(changes);
    }
    std::vector<std::string> with_definition;
  };
  release_.set_value();
  WatchedStore watched(store_);
  v1::DefinitionRecord trip;
  trip.set_name("trip");
  trip.set_version(3);
  Committer committer(
      watched,
      {.batch = 1, .retry = absl::Milliseconds(1), .definition_records = {{"trip@3", trip}}},
      counters_, [this](CommitJobs jobs) { Deliver(std::move(jobs)); });
  const auto submit = [&](const std::string& id, int version) {
    auto job = JobOf(id);
    job->transition.record.set_definition("trip");
    job->transition.record.set_definition_version(version);
    job->transition.record.set_created_us(7);
    committer.Submit(std::move(job));
  };
  submit("other", 2);
  Outcomes(1);
  // The first commit does not come through: the definition goes with the next one.
  store_.FailNextCommit(Internal("poison"), MemoryStore::Fate::kNotStored);
  submit("refused", 3);
  Outcomes(2);
  for (const char* id : {"s1", "s2"}) submit(id, 3);
  Outcomes(4);
  EXPECT_EQ(watched.with_definition.back(), "s1");
  const auto stored = store_.ListDefinitions();
  ASSERT_TRUE(stored.ok());
  ASSERT_EQ(stored->size(), 1u);
  EXPECT_EQ(stored->front().version(), 3);
  EXPECT_EQ(stored->front().first_run_us(), 7);
}

// As a full disk: what was committed can be read, and nobody knows what the last commit did.
TEST_F(CommitterTest, WaitsBeforeItRepeatsACommitThatWasInDoubtAndStoredNothing) {
  release_.set_value();
  Committer committer(store_, {.batch = 10, .retry = absl::Hours(1)}, counters_,
                      [this](CommitJobs jobs) { Deliver(std::move(jobs)); });
  store_.FailNextCommit(absl::UnknownError("disk I/O error"), MemoryStore::Fate::kNotStored);
  committer.Submit(JobOf("s1"));
  ASSERT_TRUE(Eventually([&] { return !committer.store().ok(); }));
  EXPECT_EQ(counters_.commits, 1);
  committer.GiveUpAfter(absl::Milliseconds(1));
  EXPECT_THAT(Outcomes(1), ElementsAre(Pair("s1", Outcome::kAbandoned)));
}

// A commit that was stored, whose answer was lost, after which nothing could be read for a while.
class BlindStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  absl::StatusOr<std::vector<ChangeResult>> Commit(std::span<const Change> changes) override {
    EXPECT_TRUE(store_.Commit(changes).ok());
    return absl::UnknownError("the answer was lost");
  }
  absl::StatusOr<std::vector<v1::SagaRecord>> Load(std::span<const std::string> ids) override {
    if (++loads_ < 3) return Unavailable("away");
    return store_.Load(ids);
  }

 private:
  int loads_ = 0;
};

TEST_F(CommitterTest, IsBackWhenAReadShowsThatTheCommitInDoubtWasStored) {
  release_.set_value();
  BlindStore blind(store_);
  Committer committer(blind, options_, counters_,
                      [this](CommitJobs jobs) { Deliver(std::move(jobs)); });
  committer.Submit(JobOf("s1"));
  EXPECT_THAT(Outcomes(1), ElementsAre(Pair("s1", Outcome::kStored)));
  EXPECT_TRUE(Eventually([&] { return committer.store().ok(); }));
}

}  // namespace
}  // namespace skald::runtime
