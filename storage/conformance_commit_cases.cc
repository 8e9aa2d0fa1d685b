// What Commit, TakeShards and Load promise.
#include <gmock/gmock.h>

#include "storage/conformance.h"

namespace skald {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_P(StoreConformanceTest, LoadsANewSagaAsItWasStoredWithItsStepsInOrder) {
  OwnedChange saga = NewSaga("order-1", epoch());
  AddStep(saga, "z_first").mutable_action()->set_total(1);
  AddStep(saga, "a_second").set_stuck(true);
  AddStep(saga, "m/third").set_arm("express");
  (*saga.record.mutable_labels())["customer"] = "c-17";
  (*saga.record.mutable_labels())["tier"] = "gold";
  saga.record.mutable_cause()->set_kind(v1::Cause::REJECTED);
  saga.record.mutable_cause()->set_message("no stock");
  saga.record.set_deadline_us(kBase + 7);
  saga.record.set_due_us(kBase + 3);
  Put(saga);
  const auto found = Get("order-1");
  ASSERT_TRUE(found);
  EXPECT_EQ(Dump(*found), Dump(saga.record));
}

TEST_P(StoreConformanceTest, KeepsStepsThatAChangeDoesNotNameAndTheOrderOfAll) {
  OwnedChange first = NewSaga("a", epoch());
  AddStep(first, "one");
  AddStep(first, "two");
  Put(first);
  OwnedChange second = NextChange(first);
  second.record.mutable_steps(0)->set_status(v1::Step::SUCCEEDED);
  // Changed in memory, but not named: the row must not see it.
  second.record.mutable_steps(1)->set_status(v1::Step::REJECTED);
  second.changed_steps = {0};
  AddStep(second, "before_one");
  Put(second);
  const auto found = Get("a");
  ASSERT_TRUE(found);
  ASSERT_EQ(found->steps_size(), 3);
  EXPECT_EQ(found->steps(0).path(), "one");
  EXPECT_EQ(found->steps(0).status(), v1::Step::SUCCEEDED);
  EXPECT_EQ(found->steps(1).path(), "two");
  EXPECT_EQ(found->steps(1).status(), v1::Step::RUNNING);
  EXPECT_EQ(found->steps(2).path(), "before_one");
}

TEST_P(StoreConformanceTest, OverwritesEveryFieldOfTheRowWithTheNewRevision) {
  OwnedChange first = NewSaga("a", epoch());
  (*first.record.mutable_labels())["gone"] = "soon";
  first.record.set_due_us(kBase);
  Put(first);
  OwnedChange second = NextChange(first);
  second.record.clear_labels();
  second.record.set_due_us(0);
  second.record.set_status(v1::Saga::COMPLETED);
  second.record.set_finished_us(kBase + 1);
  second.record.set_state("");
  Put(second);
  EXPECT_EQ(Dump(Stored("a")), Dump(second.record));
}

TEST_P(StoreConformanceTest, RefusesASecondSagaWithTheSameIdWithoutATrace) {
  OwnedChange first = NewSaga("a", epoch());
  AddStep(first, "one");
  Put(first);
  OwnedChange second = NewSaga("a", epoch());
  second.record.set_state("another state");
  AddStep(second, "two");
  AddHistory(second);
  OpenDeadLetter(second, 1, kBase);
  AddAudit(second, kBase);
  EXPECT_EQ(Commit(second), ChangeResult::kAlreadyExists);
  EXPECT_EQ(Dump(Stored("a")), Dump(first.record));
  EXPECT_EQ(DumpAll(History("a")), DumpAll(first.history));
  EXPECT_THAT(ListDeadLetters(""), IsEmpty());
  EXPECT_THAT(ListAudit(""), IsEmpty());
}

TEST_P(StoreConformanceTest, RefusesASagaWithTheSameIdInAnotherShard) {
  const OwnedChange first = NewSaga("a", epoch(0), 0);
  Put(first);
  EXPECT_EQ(Commit(NewSaga("a", epoch(1), 1)), ChangeResult::kAlreadyExists);
  EXPECT_EQ(Dump(Stored("a")), Dump(first.record));
}

TEST_P(StoreConformanceTest, RefusesAChangeOfAnotherRevisionWithoutATrace) {
  const OwnedChange first = NewSaga("a", epoch());
  Put(first);
  OwnedChange skipping = NextChange(NextChange(first));
  AddStep(skipping, "two");
  OpenDeadLetter(skipping, 1, kBase);
  AddAudit(skipping, kBase);
  EXPECT_EQ(Commit(skipping), ChangeResult::kConflict);
  EXPECT_EQ(Dump(Stored("a")), Dump(first.record));
  EXPECT_EQ(DumpAll(History("a")), DumpAll(first.history));
  EXPECT_THAT(ListDeadLetters(""), IsEmpty());
  EXPECT_THAT(ListAudit(""), IsEmpty());
}

TEST_P(StoreConformanceTest, RefusesAChangeThatWasStoredBefore) {
  const OwnedChange first = NewSaga("a", epoch());
  const OwnedChange second = NextChange(first);
  Put(first);
  Put(second);
  EXPECT_EQ(Commit(second), ChangeResult::kConflict);
  EXPECT_THAT(History("a"), SizeIs(2));
}

TEST_P(StoreConformanceTest, RefusesAChangeOfASagaThatIsNotThere) {
  EXPECT_EQ(Commit(NextChange(NewSaga("a", epoch()))), ChangeResult::kConflict);
  EXPECT_FALSE(Get("a"));
  EXPECT_THAT(History("a"), IsEmpty());
}

TEST_P(StoreConformanceTest, RefusesAStaleOwnerWithoutATrace) {
  const OwnedChange first = NewSaga("a", epoch());
  Put(first);
  OwnedChange stale = NextChange(first);
  AddStep(stale, "one");
  OpenDeadLetter(stale, 1, kBase);
  AddAudit(stale, kBase);
  TakeAll();
  EXPECT_EQ(Commit(stale), ChangeResult::kStaleEpoch);
  EXPECT_EQ(Commit(NewSaga("b", first.record.epoch())), ChangeResult::kStaleEpoch);
  EXPECT_EQ(Dump(Stored("a")), Dump(first.record));
  EXPECT_FALSE(Get("b"));
  EXPECT_EQ(DumpAll(History("a")), DumpAll(first.history));
  EXPECT_THAT(ListDeadLetters(""), IsEmpty());
  EXPECT_THAT(ListAudit(""), IsEmpty());
}

TEST_P(StoreConformanceTest, RefusesAnEpochThatNobodyHasTakenYet) {
  EXPECT_EQ(Commit(NewSaga("a", epoch() + 1)), ChangeResult::kStaleEpoch);
  EXPECT_FALSE(Get("a"));
}

TEST_P(StoreConformanceTest, RefusesAShardThatDoesNotExist) {
  EXPECT_EQ(Commit(NewSaga("a", epoch(), kShards)), ChangeResult::kStaleEpoch);
  EXPECT_FALSE(Get("a"));
}

TEST_P(StoreConformanceTest, TellsAStaleOwnerSoEvenWhereTheRevisionIsWrongToo) {
  const OwnedChange first = NewSaga("a", epoch());
  Put(first);
  TakeAll();
  EXPECT_EQ(Commit(NewSaga("a", first.record.epoch())), ChangeResult::kStaleEpoch);
  EXPECT_EQ(Commit(NextChange(NextChange(first))), ChangeResult::kStaleEpoch);
}

TEST_P(StoreConformanceTest, LetsTheNewOwnerGoOnWithASagaOfTheOldOne) {
  const OwnedChange first = NewSaga("a", epoch());
  Put(first);
  TakeAll();
  OwnedChange second = NextChange(first);
  second.record.set_epoch(epoch());
  Put(second);
  EXPECT_EQ(Stored("a").epoch(), epoch());
}

TEST_P(StoreConformanceTest, AnswersAMixedBatchInOrderAndStoresWhatItCan) {
  const OwnedChange a = NewSaga("a", epoch());
  const OwnedChange b = NewSaga("b", epoch());
  Put({a, b});
  OwnedChange next = NextChange(b);
  next.record.set_state("moved on");
  const std::vector<OwnedChange> batch = {
      NewSaga("z", epoch()),
      NewSaga("a", epoch()),
      NextChange(NewSaga("missing", epoch())),
      next,
      NewSaga("c", epoch() + 9),
      NewSaga("d", epoch(3), 3),
  };
  EXPECT_THAT(Commit(batch), ElementsAre(ChangeResult::kStored, ChangeResult::kAlreadyExists,
                                         ChangeResult::kConflict, ChangeResult::kStored,
                                         ChangeResult::kStaleEpoch, ChangeResult::kStored));
  EXPECT_TRUE(Get("z"));
  EXPECT_EQ(Dump(Stored("a")), Dump(a.record));
  EXPECT_FALSE(Get("missing"));
  EXPECT_EQ(Stored("b").state(), "moved on");
  EXPECT_FALSE(Get("c"));
  EXPECT_TRUE(Get("d"));
  EXPECT_THAT(History("b"), SizeIs(2));
  EXPECT_THAT(History("c"), IsEmpty());
}

TEST_P(StoreConformanceTest, StoresNothingFromAnEmptyBatch) {
  const auto results = store().Commit({});
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_THAT(*results, IsEmpty());
  EXPECT_THAT(List(""), IsEmpty());
}

TEST_P(StoreConformanceTest, StoresAThousandChangesAtOnce) {
  std::vector<OwnedChange> batch;
  for (int i = 0; i < 1000; ++i) {
    batch.push_back(NewSaga("saga-" + std::to_string(i), epoch(i % kShards), i % kShards));
    AddStep(batch.back(), "one");
    AddHistory(batch.back());
  }
  Put(batch);
  std::vector<OwnedChange> next;
  for (const OwnedChange& change : batch) next.push_back(NextChange(change));
  Put(next);
  EXPECT_THAT(List("", 300), SizeIs(1000));
  EXPECT_EQ(Dump(Stored("saga-999")), Dump(next[999].record));
  EXPECT_THAT(History("saga-500"), SizeIs(3));
}

TEST_P(StoreConformanceTest, KeepsBinaryStateAndDigestsToTheByte) {
  OwnedChange saga = NewSaga("a", epoch());
  std::string bytes;
  for (int i = 0; i < 512; ++i) bytes.push_back(static_cast<char>(i % 256));
  saga.record.set_state(bytes);
  saga.record.set_input_digest(std::string("\0\xff\0", 3));
  Put(saga);
  EXPECT_EQ(Stored("a").state(), bytes);
  EXPECT_EQ(Stored("a").input_digest(), std::string("\0\xff\0", 3));
}

TEST_P(StoreConformanceTest, KeepsAStateOfMoreThanAMegabyte) {
  OwnedChange saga = NewSaga("a", epoch());
  std::string bytes(3'000'001, 'x');
  bytes[1'500'000] = '\0';
  saga.record.set_state(bytes);
  Put(saga);
  EXPECT_TRUE(Stored("a").state() == bytes);
}

TEST_P(StoreConformanceTest, KeepsTextOfEveryLanguageAndEveryQuote) {
  const std::string id = "größe-注文-'\"\\;--%_$1?";
  OwnedChange saga = NewSaga(id, epoch());
  (*saga.record.mutable_labels())["ключ \"'\\."] = "значение '); DROP TABLE sagas;-- \n\t\x01";
  (*saga.record.mutable_labels())[""] = "";
  AddStep(saga, "שלב/🚀");
  Put(saga);
  ASSERT_TRUE(Get(id));
  EXPECT_EQ(Dump(Stored(id)), Dump(saga.record));
  EXPECT_THAT(History(id), SizeIs(1));
}

TEST_P(StoreConformanceTest, TellsIdsApartThatDifferInCaseOrTrailingSpace) {
  Put({NewSaga("a", epoch()), NewSaga("A", epoch()), NewSaga("a ", epoch())});
  EXPECT_THAT(List(""), SizeIs(3));
  EXPECT_EQ(Stored("A").state(), "state of A");
}

TEST_P(StoreConformanceTest, LoadsTheSagasThatExistAndLeavesOutTheRest) {
  OwnedChange b = NewSaga("b", epoch());
  AddStep(b, "step of b");
  Put({NewSaga("a", epoch()), b, NewSaga("c", epoch())});
  const std::vector<std::string> ids = {"b", "none", "a", "b"};
  const auto found = store().Load(ids);
  ASSERT_TRUE(found.ok()) << found.status();
  std::vector<std::string> names;
  for (const auto& saga : *found) names.push_back(saga.id());
  EXPECT_THAT(names, testing::UnorderedElementsAre("a", "b"));
  for (const auto& saga : *found) EXPECT_EQ(saga.steps_size(), saga.id() == "b" ? 1 : 0);
  const auto none = store().Load({});
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_THAT(*none, IsEmpty());
}

TEST_P(StoreConformanceTest, LoadsAThousandSagasByTheirIds) {
  std::vector<OwnedChange> batch;
  std::vector<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    ids.push_back("saga-" + std::to_string(i));
    batch.push_back(NewSaga(ids.back(), epoch()));
    AddStep(batch.back(), "one of " + ids.back());
  }
  Put(batch);
  const auto found = store().Load(ids);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_THAT(*found, SizeIs(1000));
  for (const auto& saga : *found) {
    ASSERT_EQ(saga.steps_size(), 1);
    EXPECT_EQ(saga.steps(0).path(), "one of " + saga.id());
  }
}

TEST_P(StoreConformanceTest, RaisesTheEpochOfEveryShardThatIsTaken) {
  const auto first = store().TakeShards(kShards, "one");
  const auto second = store().TakeShards(kShards, "two");
  ASSERT_TRUE(first.ok() && second.ok());
  ASSERT_THAT(*second, SizeIs(kShards));
  for (size_t i = 0; i < first->size(); ++i) {
    EXPECT_GT((*first)[i], epoch(static_cast<int>(i)));
    EXPECT_GT((*second)[i], (*first)[i]);
  }
}

TEST_P(StoreConformanceTest, RefusesAnotherNumberOfShardsAndLeavesTheEpochsAlone) {
  for (const int shards : {1, kShards - 1, kShards + 1}) {
    const auto taken = store().TakeShards(shards, "other");
    EXPECT_TRUE(absl::IsFailedPrecondition(taken.status())) << taken.status();
  }
  EXPECT_EQ(Commit(NewSaga("a", epoch())), ChangeResult::kStored);
}

TEST_P(StoreConformanceTest, KeepsEpochsAndTheNumberOfShardsWhenItIsReopened) {
  const int64_t before = epoch();
  Reopen();
  EXPECT_TRUE(absl::IsFailedPrecondition(store().TakeShards(kShards + 1, "other").status()));
  TakeAll();
  EXPECT_GT(epoch(), before);
  EXPECT_EQ(Commit(NewSaga("a", before)), ChangeResult::kStaleEpoch);
}

TEST_P(StoreConformanceTest, AnswersThatItIsWell) {
  const absl::Status status = store().Check();
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace
}  // namespace skald
