// What is promised about sagas that sleep: LoadUnfinished, LoadDue; and CountSagas.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <limits>

#include "base/thread.h"
#include "storage/conformance.h"

namespace skald {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kDue = 1'800'000'000'000'000;
constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
constexpr int kAllShards[] = {0, 1, 2, 3};

OwnedChange Sleeper(const std::string& id, int64_t epoch, int64_t due_us, int shard = 0) {
  OwnedChange change = NewSaga(id, epoch, shard);
  change.record.set_asleep(true);
  change.record.set_due_us(due_us);
  return change;
}

std::vector<std::string> Ids(const absl::StatusOr<std::vector<v1::SagaRecord>>& sagas) {
  EXPECT_TRUE(sagas.ok()) << sagas.status();
  std::vector<std::string> ids;
  if (sagas.ok()) {
    for (const v1::SagaRecord& saga : *sagas) ids.push_back(saga.id());
  }
  return ids;
}

std::vector<std::string> Awake(Store& store, int shard = 0) {
  return Ids(store.LoadUnfinished(shard, "", 1'000'000));
}

std::vector<std::string> Due(Store& store, int64_t before_us = kNever, int limit = 1'000'000) {
  return Ids(store.LoadDue(kAllShards, {}, before_us, limit));
}

// "definition@version STATUS: count".
std::vector<std::string> Counts(Store& store) {
  const auto counts = store.CountSagas();
  EXPECT_TRUE(counts.ok()) << counts.status();
  std::vector<std::string> texts;
  if (!counts.ok()) return texts;
  for (const DefinitionCount& count : *counts) {
    texts.push_back(count.definition + "@" + std::to_string(count.version) + " " +
                    v1::Saga::Status_Name(count.status) + ": " + std::to_string(count.sagas));
  }
  return texts;
}

TEST_P(StoreConformanceTest, LeavesSagasThatSleepOutOfThoseToBeDriven) {
  OwnedChange back = Sleeper("back", epoch(), 0);
  back.record.set_status(v1::Saga::COMPENSATING);
  Put({NewSaga("awake", epoch()), Sleeper("due", epoch(), kDue), Sleeper("waits", epoch(), 0),
       back});
  EXPECT_THAT(Awake(store()), ElementsAre("awake"));
}

TEST_P(StoreConformanceTest, KeepsASagaThatIsAwakeAmongThoseToBeDrivenWhenItIsDueLater) {
  OwnedChange saga = NewSaga("a", epoch());
  saga.record.set_due_us(kDue);
  Put(saga);
  EXPECT_THAT(Awake(store()), ElementsAre("a"));
  EXPECT_THAT(Due(store()), IsEmpty());
}

TEST_P(StoreConformanceTest, LoadsASagaThatIsDueWithItsStepsInOrder) {
  OwnedChange saga = Sleeper("a", epoch(), kDue);
  AddStep(saga, "z_first");
  AddStep(saga, "a_second").set_wake_us(kDue);
  OwnedChange later = Sleeper("0", epoch(), kDue + 1);
  AddStep(later, "of the other");
  Put({later, saga});
  const auto found = store().LoadDue(kAllShards, {}, kDue + 1, 10);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(DumpAll(*found), (std::vector{Dump(saga.record), Dump(later.record)}));
  EXPECT_EQ(Dump(Stored("a")), Dump(saga.record));
}

TEST_P(StoreConformanceTest, LoadsNoSagaBeforeItIsDueAndNoneThatWaitsForAnEventOnly) {
  Put({Sleeper("due", epoch(), kDue), Sleeper("waits", epoch(), 0)});
  EXPECT_THAT(Due(store(), kDue - 1), IsEmpty());
  EXPECT_THAT(Due(store(), kDue), ElementsAre("due"));
  EXPECT_THAT(Due(store(), kNever), ElementsAre("due"));
  EXPECT_THAT(Due(store(), 0), IsEmpty());
}

TEST_P(StoreConformanceTest, LoadsDueSagasThatRunOrCompensatePausedOrNotAndNoOthers) {
  for (int status = v1::Saga::RUNNING; status <= v1::Saga::RESOLVED; ++status) {
    for (const bool paused : {false, true}) {
      OwnedChange saga = Sleeper(std::to_string(status) + (paused ? "p" : ""), epoch(), kDue);
      saga.record.set_status(static_cast<v1::Saga::Status>(status));
      saga.record.set_paused(paused);
      Put(saga);
    }
  }
  EXPECT_THAT(Due(store()), ElementsAre("1", "1p", "3", "3p"));
  EXPECT_THAT(Awake(store()), IsEmpty());
}

TEST_P(StoreConformanceTest, LoadsTheOldestDueFirstAndGoesByIdsBytewiseThen) {
  Put({Sleeper("c", epoch(0), kDue), Sleeper("ä", epoch(1), kDue, 1),
       Sleeper("B", epoch(2), kDue, 2), Sleeper("z", epoch(3), kDue - 5, 3),
       Sleeper("0", epoch(0), kDue + 5)});
  EXPECT_THAT(Due(store()), ElementsAre("z", "B", "c", "ä", "0"));
  EXPECT_THAT(Due(store(), kNever, 2), ElementsAre("z", "B"));
}

TEST_P(StoreConformanceTest, LoadsDueSagasOfTheShardsThatAreAskedForOnly) {
  for (int shard = 0; shard < kShards; ++shard) {
    Put(Sleeper(std::to_string(shard), epoch(shard), kDue, shard));
  }
  constexpr int kSome[] = {3, 1};
  constexpr int kUnknown[] = {77};
  EXPECT_THAT(Ids(store().LoadDue(kSome, {}, kDue, 10)), ElementsAre("1", "3"));
  EXPECT_THAT(Ids(store().LoadDue(kUnknown, {}, kDue, 10)), IsEmpty());
  EXPECT_THAT(Ids(store().LoadDue({}, {}, kDue, 10)), IsEmpty());
}

TEST_P(StoreConformanceTest, GoesOnAfterTheLastDueSagaOfThePageBefore) {
  std::vector<OwnedChange> sagas;
  std::vector<std::string> expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = std::to_string(1000 + i);
    // Ten at a time are due.
    sagas.push_back(Sleeper(id, epoch(i % kShards), kDue + i / 10, i % kShards));
    expected.push_back(id);
  }
  std::reverse(sagas.begin(), sagas.end());
  Put(sagas);
  for (const int limit : {7, 10, 999, 1000}) {
    std::vector<std::string> all;
    DuePlace after;
    while (true) {
      const auto page = store().LoadDue(kAllShards, after, kNever, limit);
      ASSERT_TRUE(page.ok()) << page.status();
      if (page->empty()) break;
      ASSERT_LE(std::ssize(*page), limit);
      for (const v1::SagaRecord& saga : *page) all.push_back(saga.id());
      after = {page->back().due_us(), page->back().id()};
    }
    ASSERT_EQ(all, expected) << "limit " << limit;
  }
}

TEST_P(StoreConformanceTest, WakesASagaAndPutsItToSleepAgainAsEachRevisionSays) {
  OwnedChange saga = NewSaga("a", epoch());
  Put(saga);
  saga = NextChange(saga);
  saga.record.set_asleep(true);
  saga.record.set_due_us(kDue);
  Put(saga);
  EXPECT_THAT(Awake(store()), IsEmpty());
  EXPECT_THAT(Due(store(), kDue), ElementsAre("a"));
  saga = NextChange(saga);
  saga.record.set_due_us(kDue + 10);
  Put(saga);
  EXPECT_THAT(Due(store(), kDue), IsEmpty());
  EXPECT_THAT(Due(store(), kDue + 10), ElementsAre("a"));
  saga = NextChange(saga);
  saga.record.set_asleep(false);
  Put(saga);
  EXPECT_THAT(Awake(store()), ElementsAre("a"));
  EXPECT_THAT(Due(store()), IsEmpty());
  saga = NextChange(saga);
  saga.record.set_asleep(true);
  saga.record.set_due_us(0);
  Put(saga);
  EXPECT_THAT(Awake(store()), IsEmpty());
  EXPECT_THAT(Due(store()), IsEmpty());
  saga = NextChange(saga);
  saga.record.set_due_us(kDue);
  saga.record.set_status(v1::Saga::COMPLETED);
  Put(saga);
  EXPECT_THAT(Awake(store()), IsEmpty());
  EXPECT_THAT(Due(store()), IsEmpty());
}

TEST_P(StoreConformanceTest, LeavesASagaAsleepWhenTheChangeThatWouldWakeItIsRefused) {
  const OwnedChange saga = Sleeper("a", epoch(), kDue);
  Put(saga);
  OwnedChange wrong = NextChange(NextChange(saga));
  wrong.record.set_asleep(false);
  EXPECT_EQ(Commit(wrong), ChangeResult::kConflict);
  EXPECT_THAT(Due(store()), ElementsAre("a"));
  EXPECT_THAT(Awake(store()), IsEmpty());
}

TEST_P(StoreConformanceTest, FindsSleepersAndCountsAgainWhenItIsReopened) {
  Put({Sleeper("due", epoch(), kDue), Sleeper("waits", epoch(), 0), NewSaga("awake", epoch())});
  Reopen();
  EXPECT_THAT(Due(store()), ElementsAre("due"));
  EXPECT_THAT(Awake(store()), ElementsAre("awake"));
  EXPECT_THAT(Counts(store()), ElementsAre("place_order@3 RUNNING: 3"));
}

TEST_P(StoreConformanceTest, ShowsDueSagasWithTheStepsOfTheirRevisionWhileItCommits) {
  constexpr int kRevisions = 100;
  OwnedChange change = Sleeper("a", epoch(), 1);
  AddStep(change, "one").mutable_action()->set_total(1);
  Put(change);
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0;
  {
    Thread reader("reader", [&] {
      while (!done) {
        const auto found = store().LoadDue(kAllShards, {}, kNever, 10);
        if (!found.ok() || found->size() != 1 || found->front().steps_size() != 1 ||
            found->front().due_us() != found->front().revision() ||
            found->front().steps(0).action().total() != found->front().revision()) {
          ++torn;
        }
      }
    });
    for (int revision = 2; revision <= kRevisions; ++revision) {
      change = NextChange(change);
      change.record.set_due_us(revision);
      change.record.mutable_steps(0)->mutable_action()->set_total(revision);
      change.changed_steps = {0};
      Put(change);
    }
    done = true;
  }
  EXPECT_EQ(torn, 0);
}

TEST_P(StoreConformanceTest, CountsNothingInAnEmptyStore) {
  EXPECT_THAT(Counts(store()), IsEmpty());
}

TEST_P(StoreConformanceTest, CountsWhatRunsCompensatesOrIsParkedAndNothingElse) {
  for (int status = v1::Saga::RUNNING; status <= v1::Saga::RESOLVED; ++status) {
    for (int i = 0; i <= status; ++i) {
      OwnedChange saga = NewSaga(std::to_string(status) + "-" + std::to_string(i), epoch());
      saga.record.set_status(static_cast<v1::Saga::Status>(status));
      Put(saga);
    }
  }
  EXPECT_THAT(Counts(store()),
              ElementsAre("place_order@3 RUNNING: 2", "place_order@3 COMPENSATING: 4",
                          "place_order@3 DEAD_LETTERED: 6"));
}

TEST_P(StoreConformanceTest, CountsByDefinitionAndVersionOverAllShardsAsleepPausedOrNot) {
  const auto of = [this](int number, const std::string& definition, int version) {
    OwnedChange saga = NewSaga(std::to_string(number), epoch(number % kShards), number % kShards);
    saga.record.set_definition(definition);
    saga.record.set_definition_version(version);
    saga.record.set_asleep(number % 2 == 1);
    saga.record.set_paused(number % 3 == 1);
    return saga;
  };
  Put({of(1, "b", 10), of(2, "b", 9), of(3, "b", 9), of(4, "b", 9), of(5, "B", 1), of(6, "ä", 1),
       of(7, "b/a", 1), of(8, "b", 9)});
  EXPECT_THAT(Counts(store()), ElementsAre("B@1 RUNNING: 1", "b@9 RUNNING: 4", "b@10 RUNNING: 1",
                                           "b/a@1 RUNNING: 1", "ä@1 RUNNING: 1"));
}

TEST_P(StoreConformanceTest, CountsASagaUnderItsNewStatusAsSoonAsItIsStored) {
  OwnedChange saga = NewSaga("a", epoch());
  Put({saga, NewSaga("b", epoch())});
  const auto move_to = [&](v1::Saga::Status status) {
    saga = NextChange(saga);
    saga.record.set_status(status);
    Put(saga);
    return Counts(store());
  };
  EXPECT_THAT(move_to(v1::Saga::COMPENSATING),
              ElementsAre("place_order@3 RUNNING: 1", "place_order@3 COMPENSATING: 1"));
  EXPECT_THAT(move_to(v1::Saga::DEAD_LETTERED),
              ElementsAre("place_order@3 RUNNING: 1", "place_order@3 DEAD_LETTERED: 1"));
  EXPECT_THAT(move_to(v1::Saga::RUNNING), ElementsAre("place_order@3 RUNNING: 2"));
  EXPECT_THAT(move_to(v1::Saga::COMPLETED), ElementsAre("place_order@3 RUNNING: 1"));
}

}  // namespace
}  // namespace skald
