// What becomes of commits when PostgreSQL, or the way to it, breaks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <optional>

#include "absl/time/clock.h"
#include "base/status.h"
#include "base/thread.h"
#include "storage/conformance.h"
#include "storage/in_doubt.h"
#include "storage/postgres/connection.h"
#include "storage/postgres/postgres_harness.h"
#include "storage/postgres/postgres_store.h"
#include "tests/support/cutting_proxy.h"

namespace skald {
namespace {

using postgres::Connection;
using postgres::Transaction;
using testing_support::CuttingProxy;

using PostgresFaultsTest = PostgresTest;

// The message that runs the statement `commit`: an unnamed portal, the statement's name. And how
// every answer of PostgreSQL's ends outside of a transaction.
const std::string kCommitRequest("\0commit\0", 8);
const std::string kAnswerEnd("Z\0\0\0\5I", 6);

class LostAnswerTest : public PostgresFaultsTest {
 protected:
  void CommitThroughACut(CuttingProxy::Cut cut, InDoubtResult expected) {
    CuttingProxy proxy(cluster_->port());
    const auto store = Open(cluster_->TcpUrl(database_, proxy.port()) + "?sslmode=disable");
    const OwnedChange first = NewSaga("a", epoch_);
    ExpectStored(*store, first);
    const OwnedChange second = NextChange(first);
    proxy.CutOnce(kCommitRequest, cut, kAnswerEnd);
    const auto lost = Commit(*store, second);
    EXPECT_TRUE(absl::IsUnknown(lost.status())) << lost.status();
    EXPECT_EQ(proxy.cuts(), 1);
    // The same store goes on, in another session.
    const auto resolved = Resolve(*store, second);
    ASSERT_TRUE(resolved.ok()) << resolved.status();
    EXPECT_EQ(*resolved, expected);
    const auto again = Commit(*store, second);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again,
              expected == InDoubtResult::kStored ? ChangeResult::kConflict : ChangeResult::kStored);
    EXPECT_EQ(Query("SELECT count(*), max(first) FROM history"), "2|2\n");
  }
};

TEST_F(LostAnswerTest, IsUnknownAndWasNotStoredWhenTheCommitGotLost) {
  CommitThroughACut(CuttingProxy::Cut::kBeforeTheRequest, InDoubtResult::kNotStored);
}

TEST_F(LostAnswerTest, IsUnknownAndWasStoredWhenTheAnswerToTheCommitGotLost) {
  CommitThroughACut(CuttingProxy::Cut::kAfterTheAnswer, InDoubtResult::kStored);
}

// Commits change after change of a few sagas, as an engine would, through whatever happens.
class Committer final {
 public:
  Committer(Store& store, int64_t epoch) : store_(store) {
    for (int i = 0; i < 20; ++i) last_.push_back(NewSaga("saga-" + std::to_string(i), epoch));
  }

  // Stores the next change of each saga. False: that cannot be right.
  bool Round() {
    std::vector<Change> changes;
    for (const OwnedChange& change : last_) changes.push_back(change.Borrow());
    while (!Put(changes)) {
      if (broken_ || stop_) return false;
      absl::SleepFor(kBetweenTries);
    }
    for (OwnedChange& change : last_) change = NextChange(change);
    ++rounds_;
    return true;
  }

  std::atomic<bool> stop_ = false;
  std::atomic<int> rounds_ = 0;
  std::atomic<int> unavailable_ = 0;
  std::atomic<int> unknown_ = 0;

 private:
  // Two processors have a server to bring back meanwhile.
  static constexpr absl::Duration kBetweenTries = absl::Milliseconds(5);

  // False: not yet.
  bool Put(const std::vector<Change>& changes) {
    const auto results = store_.Commit(changes);
    if (results.ok()) {
      broken_ = *results != std::vector<ChangeResult>(changes.size(), ChangeResult::kStored);
      EXPECT_FALSE(broken_) << "a change was taken for somebody else's";
      return !broken_;
    }
    if (absl::IsUnavailable(results.status())) {
      ++unavailable_;
      return false;
    }
    EXPECT_TRUE(absl::IsUnknown(results.status())) << results.status();
    ++unknown_;
    return WasStored(changes);
  }

  bool WasStored(const std::vector<Change>& changes) {
    while (true) {
      const auto resolved = ResolveInDoubt(store_, changes);
      if (!resolved.ok()) {
        EXPECT_TRUE(absl::IsUnavailable(resolved.status())) << resolved.status();
        if (stop_) return false;
        absl::SleepFor(kBetweenTries);
        continue;
      }
      // A commit is one transaction: all of it, or nothing.
      const auto expected = std::vector<InDoubtResult>(changes.size(), resolved->front());
      broken_ = *resolved != expected || resolved->front() == InDoubtResult::kOvertaken;
      EXPECT_FALSE(broken_) << "half of a commit was stored";
      return resolved->front() == InDoubtResult::kStored;
    }
  }

  Store& store_;
  std::vector<OwnedChange> last_;
  bool broken_ = false;
};

TEST_F(PostgresFaultsTest, LosesAndDoublesNothingWhenTheServerIsKilledAgainAndAgain) {
  Committer committer(*store_, epoch_);
  Thread thread("committer", [&] {
    while (!committer.stop_ && committer.Round()) {
    }
  });
  for (int kills = 0; kills < 4; ++kills) {
    const int before = committer.rounds_;
    EXPECT_TRUE(Eventually([&] { return committer.rounds_ > before + 10; }));
    const int failures = committer.unavailable_ + committer.unknown_;
    cluster_->Kill();
    EXPECT_TRUE(Eventually([&] { return committer.unavailable_ + committer.unknown_ > failures; }));
    const auto started = cluster_->Start();
    EXPECT_TRUE(started.ok()) << started;
    if (!started.ok()) break;
  }
  const int before = committer.rounds_;
  EXPECT_TRUE(Eventually([&] { return committer.rounds_ > before; }));
  committer.stop_ = true;
  thread.Join();
  RecordProperty("rounds", committer.rounds_);
  RecordProperty("unknown", committer.unknown_);
  const std::string rounds = std::to_string(committer.rounds_);
  EXPECT_EQ(Query("SELECT count(*), min(revision), max(revision) FROM sagas"),
            "20|" + rounds + "|" + rounds + "\n");
  EXPECT_EQ(Query("SELECT DISTINCT count(*), min(first), max(first) FROM history GROUP BY saga_id"),
            rounds + "|1|" + rounds + "\n");
}

TEST_F(PostgresFaultsTest, IsUnavailableWhileTheServerIsDownAndComesBackByItself) {
  ASSERT_TRUE(cluster_->Stop().ok());
  EXPECT_TRUE(absl::IsUnavailable(store_->Check()));
  EXPECT_TRUE(absl::IsUnavailable(Commit(*store_, NewSaga("a", epoch_)).status()));
  EXPECT_TRUE(absl::IsUnavailable(store_->ListSagas(Filter(), {}).status()));
  EXPECT_TRUE(absl::IsUnavailable(OpenPostgresStore({.url = cluster_->Url(database_)}).status()));
  ASSERT_TRUE(cluster_->Start().ok());
  EXPECT_TRUE(store_->Check().ok());
  ExpectStored(*store_, NewSaga("a", epoch_));
}

TEST_F(PostgresFaultsTest, IsUnavailableWhileTheServerIsReadOnlyAndComesBackByItself) {
  const OwnedChange first = NewSaga("a", epoch_);
  ExpectStored(*store_, first);
  ASSERT_TRUE(cluster_->Set("default_transaction_read_only", "on").ok());
  EXPECT_TRUE(Eventually([&] { return absl::IsUnavailable(store_->Check()); }));
  OwnedChange next = NextChange(first);
  EXPECT_TRUE(Eventually([&] {
    const auto result = Commit(*store_, next);
    if (result.ok()) next = NextChange(next);
    return absl::IsUnavailable(result.status());
  }));
  ASSERT_TRUE(cluster_->Set("default_transaction_read_only", "off").ok());
  EXPECT_TRUE(Eventually([&] { return Commit(*store_, next).ok(); }));
  EXPECT_TRUE(Eventually([&] { return store_->Check().ok(); }));
}

TEST_F(PostgresFaultsTest, ReplacesSessionsThatWereEndedBetweenStatements) {
  const OwnedChange first = NewSaga("a", epoch_);
  ExpectStored(*store_, first);
  ASSERT_TRUE(store_->Check().ok());
  Query(
      "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
      "WHERE application_name = 'skald'");
  ExpectStored(*store_, NextChange(first));
  EXPECT_TRUE(store_->Check().ok());
}

// What a commit must wait for: shards that somebody else is about to take.
class LockedShardsTest : public PostgresFaultsTest {
 protected:
  // Runs `meanwhile` while the shards are locked by a new owner, which then has them.
  void WhileShardsAreTaken(const std::function<void()>& meanwhile) {
    const auto connection = Connect();
    const absl::Status taken = connection->Transact([&](Transaction& transaction) -> absl::Status {
      SKALD_RETURN_IF_ERROR(transaction.Run(postgres::kLockShards, {}).status());
      postgres::Parameters owner;
      owner.Add("another");
      SKALD_RETURN_IF_ERROR(transaction.Run(postgres::kTakeShards, owner).status());
      meanwhile();
      return absl::OkStatus();
    });
    EXPECT_TRUE(taken.ok()) << taken;
  }
};

TEST_F(LockedShardsTest, ACommitThatWaitsForANewOwnerSeesTheNewEpochAndStoresNothing) {
  absl::StatusOr<ChangeResult> result = absl::UnknownError("not done");
  std::optional<Thread> thread;
  WhileShardsAreTaken([&] {
    thread.emplace("committer", [&] { result = Commit(*store_, NewSaga("a", epoch_)); });
    EXPECT_TRUE(Eventually([&] { return Waiting() == "1\n"; }));
  });
  thread->Join();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(*result, ChangeResult::kStaleEpoch);
  EXPECT_EQ(Query("SELECT count(*) FROM sagas"), "0\n");
}

TEST_F(LockedShardsTest, ACommitThatWaitsTooLongIsUnavailableAndStoresNothing) {
  const auto store = Open(cluster_->Url(database_), absl::Milliseconds(50));
  WhileShardsAreTaken([&] {
    const auto result = Commit(*store, NewSaga("a", epoch_));
    EXPECT_TRUE(absl::IsUnavailable(result.status())) << result.status();
  });
  EXPECT_EQ(Query("SELECT count(*) FROM sagas"), "0\n");
}

TEST_F(PostgresFaultsTest, KeepsStringsThatLookLikeSqlOrArraysAsTheyAre) {
  const std::vector<std::string> hostile = {"NULL",
                                            "null",
                                            "{}",
                                            "{a,b}",
                                            R"("quoted")",
                                            R"(back\slash\\)",
                                            "it's",
                                            "a,b",
                                            " ",
                                            "\\x41",
                                            "$1",
                                            "%s",
                                            "'; DROP TABLE sagas; --",
                                            "\n\t\r",
                                            "\x01\x1f\x7f",
                                            "ä–🂡",
                                            "{\"a\":1}",
                                            "\\u0000"};
  std::vector<OwnedChange> sagas;
  std::vector<Change> changes;
  for (const std::string& text : hostile) {
    OwnedChange saga = NewSaga(text, epoch_);
    saga.record.set_definition(text);
    saga.record.set_state(text + std::string("\0\xff", 2));
    (*saga.record.mutable_labels())[text] = text;
    AddStep(saga, text);
    OpenDeadLetter(saga, 1, 1).set_step(text);
    sagas.push_back(std::move(saga));
  }
  for (const OwnedChange& saga : sagas) changes.push_back(saga.Borrow());
  const auto results = store_->Commit(changes);
  ASSERT_TRUE(results.ok()) << results.status();
  for (size_t i = 0; i < hostile.size(); ++i) {
    const auto found = store_->Load({&hostile[i], 1});
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_EQ(found->size(), size_t{1}) << hostile[i];
    EXPECT_EQ(Dump(found->front()), Dump(sagas[i].record));
    Filter filter;
    filter.kind = Filter::Kind::kComparison;
    filter.comparison.field = FilterField::kLabel;
    filter.comparison.label = hostile[i];
    filter.comparison.value = hostile[i];
    const auto listed = store_->ListSagas(filter, {});
    ASSERT_TRUE(listed.ok()) << listed.status();
    EXPECT_EQ(listed->items.size(), size_t{1}) << hostile[i];
  }
}

TEST_F(PostgresFaultsTest, RefusesTextThatPostgresCannotHoldAndStoresNothing) {
  for (const std::string& bad : {std::string("nul\0nul", 7), std::string("\xff\xfe")}) {
    OwnedChange in_id = NewSaga(bad, epoch_);
    EXPECT_TRUE(absl::IsInvalidArgument(Commit(*store_, in_id).status()));
    OwnedChange in_label = NewSaga("a", epoch_);
    AddStep(in_label, bad);
    EXPECT_TRUE(absl::IsInvalidArgument(Commit(*store_, in_label).status()));
  }
  EXPECT_EQ(Query("SELECT count(*) FROM sagas"), "0\n");
}

TEST_F(PostgresFaultsTest, SaysSoWhenTheTablesAreGone) {
  Query("DROP TABLE sagas");
  EXPECT_TRUE(absl::IsFailedPrecondition(Commit(*store_, NewSaga("a", epoch_)).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(store_->ListSagas(Filter(), {}).status()));
}

}  // namespace
}  // namespace skald
