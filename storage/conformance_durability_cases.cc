// What is promised about threads, about closing and opening, and about answers that were lost.
#include <gmock/gmock.h>

#include <atomic>

#include "base/thread.h"
#include "storage/conformance.h"
#include "storage/in_doubt.h"

namespace skald {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

using Fate = StoreFixture::Fate;

TEST_P(StoreConformanceTest, FindsEverythingAgainWhenItIsReopened) {
  OwnedChange a = NewSaga("a", epoch());
  AddStep(a, "one");
  OpenDeadLetter(a, 1, kBase);
  AddAudit(a, kBase);
  Put(a);
  OwnedChange next = NextChange(a);
  next.record.set_state(std::string(100'000, '\0'));
  Put(next);
  Reopen();
  EXPECT_EQ(Dump(Stored("a")), Dump(next.record));
  EXPECT_THAT(History("a"), SizeIs(2));
  EXPECT_THAT(ListDeadLetters("open = true"), ElementsAre("a/1"));
  EXPECT_THAT(ListAudit("a"), ElementsAre("a/1"));
  EXPECT_THAT(List(""), ElementsAre("a"));
  // Nobody has taken the shards since: their owner goes on.
  Put(NextChange(next));
}

TEST_P(StoreConformanceTest, ShowsReadersWholeTransitionsOnlyWhileItCommits) {
  constexpr int kRevisions = 200;
  OwnedChange change = NewSaga("a", epoch());
  change.record.set_state("1");
  AddStep(change, "one").mutable_action()->set_total(1);
  Put(change);
  std::atomic<bool> done = false;
  std::atomic<int> reads = 0;
  std::atomic<int> torn = 0;
  {
    const auto reader = [&] {
      const std::string id = "a";
      while (!done) {
        const auto found = store().Load({&id, 1});
        if (!found.ok() || found->size() != 1 || found->front().steps_size() != 1 ||
            found->front().state() != std::to_string(found->front().revision()) ||
            found->front().steps(0).action().total() != found->front().revision()) {
          ++torn;
        }
        const auto history = store().ListHistory(id, 0, 1000);
        const auto listed = store().ListSagas(Filter(), PageRequest());
        if (!history.ok() || !listed.ok() || listed->items.size() != 1) ++torn;
        for (size_t i = 0; history.ok() && i < history->size(); ++i) {
          if ((*history)[i].number() != static_cast<int64_t>(i) + 1) ++torn;
        }
        ++reads;
      }
    };
    Thread first("reader-1", reader);
    Thread second("reader-2", reader);
    for (int revision = 2; revision <= kRevisions; ++revision) {
      change = NextChange(change);
      change.record.set_state(std::to_string(revision));
      change.record.mutable_steps(0)->mutable_action()->set_total(revision);
      change.changed_steps = {0};
      Put(change);
    }
    while (reads == 0 && !HasFailure()) std::this_thread::yield();
    done = true;
  }
  EXPECT_EQ(torn, 0) << "of " << reads << " reads";
  EXPECT_EQ(Stored("a").revision(), kRevisions);
}

TEST_P(StoreConformanceTest, ShowsACommitToAReadThatStartsAfterIt) {
  OwnedChange change = NewSaga("a", epoch());
  for (int i = 1; i <= 100; ++i) {
    Put(change);
    int64_t seen = 0;
    Thread("reader", [&] { seen = Stored("a").revision(); }).Join();
    ASSERT_EQ(seen, i);
    change = NextChange(change);
  }
}

std::vector<InDoubtResult> Resolve(Store& store, const std::vector<OwnedChange>& changes) {
  std::vector<Change> borrowed;
  for (const OwnedChange& change : changes) borrowed.push_back(change.Borrow());
  const auto results = ResolveInDoubt(store, borrowed);
  EXPECT_TRUE(results.ok()) << results.status();
  return results.ok() ? *results : std::vector<InDoubtResult>();
}

absl::Status Lose(StoreFixture& fixture, Store& store, const OwnedChange& change, Fate fate) {
  const Change borrowed = change.Borrow();
  return fixture.CommitAndLoseAnswer(store, {&borrowed, 1}, fate);
}

TEST_P(StoreConformanceTest, KnowsAChangeAgainThatWasStoredThoughTheAnswerWasLost) {
  OwnedChange first = NewSaga("a", epoch());
  AddStep(first, "one");
  (*first.record.mutable_labels())["k"] = "v";
  (*first.record.mutable_labels())["l"] = "w";
  EXPECT_TRUE(absl::IsUnknown(Lose(fixture(), store(), first, Fate::kStored)));
  EXPECT_THAT(Resolve(store(), {first}), ElementsAre(InDoubtResult::kStored));
  OwnedChange second = NextChange(first);
  second.record.set_state("more");
  EXPECT_TRUE(absl::IsUnknown(Lose(fixture(), store(), second, Fate::kStored)));
  EXPECT_THAT(Resolve(store(), {second}), ElementsAre(InDoubtResult::kStored));
  EXPECT_THAT(History("a"), SizeIs(2));
  Put(NextChange(second));
}

TEST_P(StoreConformanceTest, KnowsThatAChangeWasNotStoredAndTakesItAgain) {
  const OwnedChange first = NewSaga("a", epoch());
  EXPECT_TRUE(absl::IsUnknown(Lose(fixture(), store(), first, Fate::kNotStored)));
  EXPECT_THAT(Resolve(store(), {first}), ElementsAre(InDoubtResult::kNotStored));
  Put(first);
  const OwnedChange second = NextChange(first);
  EXPECT_TRUE(absl::IsUnknown(Lose(fixture(), store(), second, Fate::kNotStored)));
  EXPECT_THAT(Resolve(store(), {second}), ElementsAre(InDoubtResult::kNotStored));
  Put(second);
  EXPECT_THAT(History("a"), SizeIs(2));
}

TEST_P(StoreConformanceTest, KnowsThatAnotherOwnerHasGoneOnWithTheSaga) {
  const OwnedChange first = NewSaga("a", epoch());
  Put(first);
  OwnedChange ours = NextChange(first);
  EXPECT_TRUE(absl::IsUnknown(Lose(fixture(), store(), ours, Fate::kNotStored)));
  TakeAll();
  OwnedChange theirs = NextChange(first);
  theirs.record.set_epoch(epoch());
  Put(theirs);
  EXPECT_THAT(Resolve(store(), {ours}), ElementsAre(InDoubtResult::kOvertaken));
}

TEST_P(StoreConformanceTest, KnowsThatAnotherOwnerHasGoneOnAfterOurChangeWasStored) {
  OwnedChange ours = NewSaga("a", epoch());
  EXPECT_TRUE(absl::IsUnknown(Lose(fixture(), store(), ours, Fate::kStored)));
  TakeAll();
  OwnedChange theirs = NextChange(ours);
  theirs.record.set_epoch(epoch());
  Put(theirs);
  EXPECT_THAT(Resolve(store(), {ours}), ElementsAre(InDoubtResult::kOvertaken));
}

TEST_P(StoreConformanceTest, DoesNotTakeAnothersSagaWithTheSameIdForItsOwn) {
  OwnedChange theirs = NewSaga("a", epoch(1), 1);
  theirs.record.set_state("theirs");
  Put(theirs);
  const OwnedChange ours = NewSaga("a", epoch());
  EXPECT_TRUE(absl::IsUnknown(Lose(fixture(), store(), ours, Fate::kStored)));
  // Not stored: committing it again is harmless, and tells why.
  EXPECT_THAT(Resolve(store(), {ours}), ElementsAre(InDoubtResult::kNotStored));
  EXPECT_EQ(Commit(ours), ChangeResult::kAlreadyExists);
  EXPECT_EQ(Stored("a").state(), "theirs");
}

TEST_P(StoreConformanceTest, ResolvesABatchInDoubtOneByOne) {
  const OwnedChange stored = NewSaga("stored", epoch());
  const OwnedChange missing = NewSaga("missing", epoch());
  const OwnedChange before = NewSaga("before", epoch());
  const OwnedChange vanished = NextChange(NewSaga("vanished", epoch()));
  Put({stored, before});
  EXPECT_THAT(Resolve(store(), {missing, stored, NextChange(before), vanished}),
              ElementsAre(InDoubtResult::kNotStored, InDoubtResult::kStored,
                          InDoubtResult::kNotStored, InDoubtResult::kOvertaken));
  EXPECT_THAT(Resolve(store(), {}), SizeIs(0));
}

}  // namespace
}  // namespace skald
