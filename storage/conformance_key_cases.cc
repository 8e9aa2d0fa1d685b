// What is promised about exclusive keys, but for threads: see conformance_key_race_cases.cc.
#include <gmock/gmock.h>

#include "storage/conformance.h"
#include "storage/in_doubt.h"

namespace skald {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using Fate = StoreFixture::Fate;

constexpr KeyClaim kTake = KeyClaim::kTake;
constexpr KeyClaim kWait = KeyClaim::kWait;
constexpr KeyClaim kRelease = KeyClaim::kRelease;

TEST_P(StoreConformanceTest, FindsNobodyAtAKeyThatNobodyAskedFor) {
  Put(NewSaga("a", epoch()));
  EXPECT_EQ(Key("k"), ", ");
  EXPECT_EQ(Key(""), ", ");
}

TEST_P(StoreConformanceTest, GivesAKeyThatIsFreeToWhoTakesIt) {
  Put(NewSagaWithKey("a", epoch(), "k", kTake));
  EXPECT_EQ(Key("k"), "a, ");
}

TEST_P(StoreConformanceTest, GivesAKeyToASagaThatAsksForItLaterThanItsFirstRevision) {
  const OwnedChange a = NewSagaWithKey("a", epoch(), "k", KeyClaim::kNone);
  Put(a);
  EXPECT_EQ(Key("k"), ", ");
  Put(NextChange(a, kTake));
  EXPECT_EQ(Key("k"), "a, ");
}

TEST_P(StoreConformanceTest, RefusesAKeyThatAnotherSagaHoldsWithoutATrace) {
  Put(NewSagaWithKey("a", epoch(), "k", kTake));
  OwnedChange b = NewSagaWithKey("b", epoch(), "k", kTake, /*age_us=*/5);
  AddStep(b, "one");
  OpenDeadLetter(b, 1, kBase);
  AddAudit(b, kBase);
  EXPECT_EQ(Commit(b), ChangeResult::kKeyTaken);
  EXPECT_FALSE(Get("b"));
  EXPECT_THAT(History("b"), IsEmpty());
  EXPECT_THAT(ListDeadLetters(""), IsEmpty());
  EXPECT_THAT(ListAudit(""), IsEmpty());
  EXPECT_EQ(Key("k"), "a, ");
}

TEST_P(StoreConformanceTest, LeavesTheRowAsItWasWhereALaterRevisionIsRefusedItsKey) {
  Put(NewSagaWithKey("a", epoch(), "k", kTake));
  const OwnedChange b = NewSagaWithKey("b", epoch(), "k", kWait);
  Put(b);
  OwnedChange begin = NextChange(b, kTake);
  begin.record.set_state("begun");
  EXPECT_EQ(Commit(begin), ChangeResult::kKeyTaken);
  EXPECT_EQ(Dump(Stored("b")), Dump(b.record));
  EXPECT_THAT(History("b"), SizeIs(1));
  EXPECT_EQ(Key("k"), "a, b");
}

TEST_P(StoreConformanceTest, StoresTheRestOfABatchInWhichAKeyIsRefused) {
  Put(NewSagaWithKey("a", epoch(), "k", kTake));
  EXPECT_THAT(Commit({NewSaga("first", epoch()), NewSagaWithKey("b", epoch(), "k", kTake),
                      NewSagaWithKey("c", epoch(), "other", kTake), NewSaga("last", epoch())}),
              ElementsAre(ChangeResult::kStored, ChangeResult::kKeyTaken, ChangeResult::kStored,
                          ChangeResult::kStored));
  EXPECT_THAT(List(""), ElementsAre("last", "first", "c", "a"));
  EXPECT_EQ(Key("other"), "c, ");
}

TEST_P(StoreConformanceTest, GivesAKeyAgainToWhoHoldsItThoughOthersWait) {
  const OwnedChange a = NewSagaWithKey("a", epoch(), "k", kTake);
  Put(a);
  Put(NewSagaWithKey("b", epoch(), "k", kWait, /*age_us=*/5));
  Put(NextChange(a, kTake));
  EXPECT_EQ(Key("k"), "a, b");
}

TEST_P(StoreConformanceTest, FreesAKeyWhenItsHolderReleasesIt) {
  const OwnedChange a = NewSagaWithKey("a", epoch(), "k", kTake);
  Put(a);
  Put(NextChange(a, kRelease));
  EXPECT_EQ(Key("k"), ", ");
  Put(NewSagaWithKey("b", epoch(), "k", kTake));
  EXPECT_EQ(Key("k"), "b, ");
}

TEST_P(StoreConformanceTest, KeepsAKeyOverChangesThatDoNotClaimIt) {
  const OwnedChange a = NewSagaWithKey("a", epoch(), "k", kTake);
  Put(a);
  OwnedChange done = NextChange(a);
  done.record.set_status(v1::Saga::COMPLETED);
  Put(done);
  EXPECT_EQ(Key("k"), "a, ");
}

TEST_P(StoreConformanceTest, NamesWhoWasStartedFirstAsNextAndThenGoesById) {
  // Put in among the waiters in another order than that of their waiting.
  Put(NewSagaWithKey("c", epoch(), "k", kWait));
  EXPECT_EQ(Key("k"), ", c");
  Put(NewSagaWithKey("b", epoch(), "k", kWait));
  EXPECT_EQ(Key("k"), ", b");
  Put(NewSagaWithKey("d", epoch(), "k", kWait));
  EXPECT_EQ(Key("k"), ", b");
  Put(NewSagaWithKey("z", epoch(), "k", kWait, /*age_us=*/1));
  EXPECT_EQ(Key("k"), ", z");
}

TEST_P(StoreConformanceTest, GivesAFreeKeyToWhoHasWaitedLongestAndToNobodyElse) {
  const OwnedChange first = NewSagaWithKey("z", epoch(), "k", kWait, /*age_us=*/2);
  const OwnedChange second = NewSagaWithKey("y", epoch(), "k", kWait, /*age_us=*/1);
  const OwnedChange third = NewSagaWithKey("a", epoch(), "k", kWait);
  Put({third, second, first});
  EXPECT_EQ(Commit(NextChange(third, kTake)), ChangeResult::kKeyTaken);
  EXPECT_EQ(Commit(NextChange(second, kTake)), ChangeResult::kKeyTaken);
  EXPECT_EQ(Commit(NewSagaWithKey("new", epoch(), "k", kTake)), ChangeResult::kKeyTaken);
  Put(NextChange(first, kTake));
  EXPECT_EQ(Key("k"), "z, y");
}

TEST_P(StoreConformanceTest, GivesAFreeKeyToAnOlderSagaThanThoseThatWait) {
  Put(NewSagaWithKey("young", epoch(), "k", kWait));
  Put(NewSagaWithKey("old", epoch(), "k", kTake, /*age_us=*/1));
  EXPECT_EQ(Key("k"), "old, young");
}

TEST_P(StoreConformanceTest, WaitsNoMoreOnceItHoldsTheKey) {
  const OwnedChange a = NewSagaWithKey("a", epoch(), "k", kWait, /*age_us=*/1);
  Put({a, NewSagaWithKey("b", epoch(), "k", kWait)});
  const OwnedChange taken = NextChange(a, kTake);
  Put(taken);
  EXPECT_EQ(Key("k"), "a, b");
  Put(NextChange(taken, kRelease));
  EXPECT_EQ(Key("k"), ", b");
}

TEST_P(StoreConformanceTest, WaitsOnceHoweverOftenItIsPutAmongTheWaiters) {
  const OwnedChange a = NewSagaWithKey("a", epoch(), "k", kWait);
  const OwnedChange again = NextChange(a, kWait);
  Put(a);
  Put(again);
  Put(NextChange(again, kRelease));
  EXPECT_EQ(Key("k"), ", ");
}

TEST_P(StoreConformanceTest, StaysTheHolderThoughItAsksToWait) {
  const OwnedChange a = NewSagaWithKey("a", epoch(), "k", kTake);
  Put(a);
  Put(NextChange(a, kWait));
  EXPECT_EQ(Key("k"), "a, ");
}

TEST_P(StoreConformanceTest, EndsTheWaitingOfWhoReleasesAndNobodyElses) {
  const OwnedChange b = NewSagaWithKey("b", epoch(), "k", kWait, /*age_us=*/1);
  Put(NewSagaWithKey("a", epoch(), "k", kTake));
  Put({b, NewSagaWithKey("c", epoch(), "k", kWait)});
  Put(NextChange(b, kRelease));
  EXPECT_EQ(Key("k"), "a, c");
}

TEST_P(StoreConformanceTest, ReleasesNothingForASagaThatNeitherHoldsNorWaits) {
  Put({NewSagaWithKey("a", epoch(), "k", kTake), NewSagaWithKey("b", epoch(), "k", kWait)});
  const OwnedChange c = NewSagaWithKey("c", epoch(), "k", kRelease);
  Put(c);
  Put(NextChange(c, kRelease));
  Put(NewSagaWithKey("d", epoch(), "nobody's", kRelease));
  EXPECT_EQ(Key("k"), "a, b");
  EXPECT_EQ(Key("nobody's"), ", ");
}

TEST_P(StoreConformanceTest, TakesAClaimWithoutAKeyForNone) {
  for (const KeyClaim claim : {kTake, kWait, kRelease}) {
    const std::string name = std::to_string(static_cast<int>(claim));
    Put({NewSagaWithKey("a" + name, epoch(), "", claim),
         NewSagaWithKey("b" + name, epoch(), "", claim)});
  }
  EXPECT_EQ(Key(""), ", ");
}

TEST_P(StoreConformanceTest, TellsKeysApartThatDifferInCaseOrTrailingSpaceAndKeepsEveryQuote) {
  const std::vector<std::string> keys = {"k", "K", "k ", "größe-注文-'\"\\;--%_$1?{}", "NULL"};
  std::vector<OwnedChange> batch;
  for (size_t i = 0; i < keys.size(); ++i) {
    batch.push_back(NewSagaWithKey("saga-" + std::to_string(i), epoch(), keys[i], kTake));
  }
  Put(batch);
  for (size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(Key(keys[i]), "saga-" + std::to_string(i) + ", ");
  }
}

TEST_P(StoreConformanceTest, HasOneKeyForAllShardsAndDefinitions) {
  Put(NewSagaWithKey("a", epoch(), "k", kTake));
  OwnedChange other = NewSagaWithKey("b", epoch(1), "k", kTake);
  other.record.set_shard(1);
  other.record.set_definition("another");
  EXPECT_EQ(Commit(other), ChangeResult::kKeyTaken);
}

TEST_P(StoreConformanceTest, LeavesNoClaimOfAChangeThatIsNotStored) {
  const OwnedChange a = NewSagaWithKey("a", epoch(), "k", KeyClaim::kNone);
  Put(a);
  for (const KeyClaim claim : {kTake, kWait}) {
    EXPECT_EQ(Commit(NewSagaWithKey("a", epoch(), "k", claim)), ChangeResult::kAlreadyExists);
    EXPECT_EQ(Commit(NextChange(NextChange(a), claim)), ChangeResult::kConflict);
    EXPECT_EQ(Commit(NewSagaWithKey("b", epoch() + 1, "k", claim)), ChangeResult::kStaleEpoch);
    EXPECT_EQ(Key("k"), ", ");
  }
}

TEST_P(StoreConformanceTest, LeavesTheKeyWhereItIsIfTheReleaseIsNotStored) {
  const OwnedChange a = NewSagaWithKey("a", epoch(), "k", kTake);
  const OwnedChange b = NewSagaWithKey("b", epoch(), "k", kWait);
  Put({a, b});
  for (const OwnedChange& change : {a, b}) {
    OwnedChange again = change;
    again.claim = kRelease;
    EXPECT_EQ(Commit(again), ChangeResult::kAlreadyExists);
    EXPECT_EQ(Commit(NextChange(NextChange(change), kRelease)), ChangeResult::kConflict);
    OwnedChange stale = NextChange(change, kRelease);
    stale.record.set_epoch(epoch() + 1);
    EXPECT_EQ(Commit(stale), ChangeResult::kStaleEpoch);
    EXPECT_EQ(Key("k"), "a, b");
  }
}

TEST_P(StoreConformanceTest, TellsAnyOtherReasonBeforeThatTheKeyIsTaken) {
  const OwnedChange b = NewSagaWithKey("b", epoch(), "k", KeyClaim::kNone);
  Put({NewSagaWithKey("a", epoch(), "k", kTake), b});
  EXPECT_EQ(Commit(NewSagaWithKey("b", epoch(), "k", kTake)), ChangeResult::kAlreadyExists);
  EXPECT_EQ(Commit(NextChange(NextChange(b), kTake)), ChangeResult::kConflict);
  EXPECT_EQ(Commit(NewSagaWithKey("c", epoch() + 1, "k", kTake)), ChangeResult::kStaleEpoch);
}

TEST_P(StoreConformanceTest, GivesAKeyToTheFirstOfABatchThatTakesIt) {
  // Neither the smaller id nor the older saga: the first.
  EXPECT_THAT(Commit({NewSagaWithKey("b", epoch(), "k", kTake),
                      NewSagaWithKey("a", epoch(), "k", kTake, /*age_us=*/1),
                      NewSagaWithKey("c", epoch(), "k", kTake)}),
              ElementsAre(ChangeResult::kStored, ChangeResult::kKeyTaken, ChangeResult::kKeyTaken));
  EXPECT_EQ(Key("k"), "b, ");
}

TEST_P(StoreConformanceTest, CountsAWaiterOfTheSameBatchThatStandsBeforeATake) {
  EXPECT_THAT(Commit({NewSagaWithKey("old", epoch(), "k", kWait, /*age_us=*/1),
                      NewSagaWithKey("new", epoch(), "k", kTake)}),
              ElementsAre(ChangeResult::kStored, ChangeResult::kKeyTaken));
  EXPECT_EQ(Key("k"), ", old");
  EXPECT_THAT(Commit({NewSagaWithKey("first", epoch(), "l", kTake),
                      NewSagaWithKey("older", epoch(), "l", kWait, /*age_us=*/1)}),
              Each(ChangeResult::kStored));
  EXPECT_EQ(Key("l"), "first, older");
}

TEST_P(StoreConformanceTest, CountsAReleaseBeforeATakeOfTheSameBatchWhateverTheirOrder) {
  const OwnedChange a = NewSagaWithKey("a", epoch(), "k", kTake);
  Put(a);
  const OwnedChange b = NewSagaWithKey("b", epoch(), "k", kTake);
  Put({b, NextChange(a, kRelease)});
  EXPECT_EQ(Key("k"), "b, ");
  Put({NextChange(b, kRelease), NewSagaWithKey("c", epoch(), "k", kTake)});
  EXPECT_EQ(Key("k"), "c, ");
}

TEST_P(StoreConformanceTest, HandsAKeyOnWithinABatchToWhoHasWaitedLongest) {
  const OwnedChange a = NewSagaWithKey("a", epoch(), "k", kTake);
  const OwnedChange b = NewSagaWithKey("b", epoch(), "k", kWait, /*age_us=*/1);
  const OwnedChange c = NewSagaWithKey("c", epoch(), "k", kWait);
  Put({a, b, c});
  EXPECT_THAT(Commit({NextChange(c, kTake), NextChange(b, kTake), NextChange(a, kRelease)}),
              ElementsAre(ChangeResult::kKeyTaken, ChangeResult::kStored, ChangeResult::kStored));
  EXPECT_EQ(Key("k"), "b, c");
}

TEST_P(StoreConformanceTest, LetsALaterTakeOfABatchSucceedWhereTheFirstIsNotStored) {
  const OwnedChange a = NewSagaWithKey("a", epoch(), "other", KeyClaim::kNone);
  Put(a);
  EXPECT_THAT(Commit({NewSagaWithKey("a", epoch(), "k", kTake),
                      NewSagaWithKey("b", epoch() + 1, "k", kTake),
                      NextChange(NewSagaWithKey("c", epoch(), "k", kTake), kTake),
                      NewSagaWithKey("d", epoch(), "k", kTake)}),
              ElementsAre(ChangeResult::kAlreadyExists, ChangeResult::kStaleEpoch,
                          ChangeResult::kConflict, ChangeResult::kStored));
  EXPECT_EQ(Key("k"), "d, ");
}

TEST_P(StoreConformanceTest, DoesNotHandAKeyOnWhereTheReleaseOfTheBatchIsNotStored) {
  const OwnedChange a = NewSagaWithKey("a", epoch(), "k", kTake);
  Put(a);
  EXPECT_THAT(
      Commit({NextChange(NextChange(a), kRelease), NewSagaWithKey("b", epoch(), "k", kTake)}),
      ElementsAre(ChangeResult::kConflict, ChangeResult::kKeyTaken));
  EXPECT_EQ(Key("k"), "a, ");
}

TEST_P(StoreConformanceTest, SeesEveryWaiterHoweverManyABatchTakesAway) {
  std::vector<OwnedChange> waiters;
  std::vector<OwnedChange> released;
  for (int i = 0; i < 300; ++i) {
    waiters.push_back(
        NewSagaWithKey("saga-" + std::to_string(1000 + i), epoch(), "k", kWait, 1000 - i));
    if (i < 250) released.push_back(NextChange(waiters.back(), kRelease));
  }
  Put(waiters);
  EXPECT_EQ(Key("k"), ", saga-1000");
  released.push_back(NewSagaWithKey("new", epoch(), "k", kTake));
  std::vector<ChangeResult> expected(251, ChangeResult::kStored);
  expected.back() = ChangeResult::kKeyTaken;
  EXPECT_EQ(Commit(released), expected);
  EXPECT_EQ(Key("k"), ", saga-1250");
}

TEST_P(StoreConformanceTest, TakesAndHandsOnAThousandKeysAtOnce) {
  std::vector<OwnedChange> first;
  std::vector<OwnedChange> second;
  for (int i = 0; i < 1000; ++i) {
    const std::string number = std::to_string(i);
    first.push_back(NewSagaWithKey("a" + number, epoch(), "key-" + number, kTake));
    second.push_back(NewSagaWithKey("b" + number, epoch(), "key-" + number, kTake));
  }
  Put(first);
  EXPECT_THAT(Commit(second), Each(ChangeResult::kKeyTaken));
  for (const OwnedChange& change : first) second.push_back(NextChange(change, kRelease));
  Put(second);
  EXPECT_EQ(Key("key-0"), "b0, ");
  EXPECT_EQ(Key("key-999"), "b999, ");
}

TEST_P(StoreConformanceTest, FindsHoldersAndWaitersAgainWhenItIsReopened) {
  const OwnedChange a = NewSagaWithKey("a", epoch(), "k", kTake);
  const OwnedChange b = NewSagaWithKey("b", epoch(), "k", kWait);
  Put({a, b});
  Reopen();
  EXPECT_EQ(Key("k"), "a, b");
  EXPECT_EQ(Commit(NewSagaWithKey("c", epoch(), "k", kTake)), ChangeResult::kKeyTaken);
  Put({NextChange(a, kRelease), NextChange(b, kTake)});
  Reopen();
  EXPECT_EQ(Key("k"), "b, ");
}

TEST_P(StoreConformanceTest, LeavesAKeyWithItsHolderWhenTheShardsAreTaken) {
  const OwnedChange a = NewSagaWithKey("a", epoch(), "k", kTake);
  Put(a);
  TakeAll();
  EXPECT_EQ(Commit(NewSagaWithKey("b", epoch(), "k", kTake)), ChangeResult::kKeyTaken);
  OwnedChange done = NextChange(a, kRelease);
  done.record.set_epoch(epoch());
  Put(done);
  EXPECT_EQ(Key("k"), ", ");
}

TEST_P(StoreConformanceTest, HasTheKeyOrNotAsTheChangeWasStoredOrNotWhoseAnswerWasLost) {
  for (const Fate fate : {Fate::kStored, Fate::kNotStored}) {
    const bool stored = fate == Fate::kStored;
    const std::string key = stored ? "stored" : "not stored";
    const OwnedChange a = NewSagaWithKey("a " + key, epoch(), key, kTake);
    const Change change = a.Borrow();
    const absl::Status lost = fixture().CommitAndLoseAnswer(store(), {&change, 1}, fate);
    EXPECT_TRUE(absl::IsUnknown(lost)) << lost;
    const auto resolved = ResolveInDoubt(store(), {&change, 1});
    ASSERT_TRUE(resolved.ok()) << resolved.status();
    EXPECT_THAT(*resolved,
                ElementsAre(stored ? InDoubtResult::kStored : InDoubtResult::kNotStored));
    EXPECT_EQ(Key(key), stored ? "a stored, " : ", ");
    // Whoever commits it again hears no lie about the key.
    EXPECT_EQ(Commit(a), stored ? ChangeResult::kAlreadyExists : ChangeResult::kStored);
    EXPECT_EQ(Key(key), a.record.id() + ", ");
  }
}

}  // namespace
}  // namespace skald
