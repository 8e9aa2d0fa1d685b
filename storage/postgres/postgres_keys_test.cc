// Exclusive keys where PostgreSQL makes a commit wait, or where the answer to one is lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/thread.h"
#include "storage/postgres/commit_arrays.h"
#include "storage/postgres/postgres_harness.h"
#include "tests/support/cutting_proxy.h"

namespace skald {
namespace {

using postgres::Parameters;
using postgres::Transaction;
using testing::ElementsAre;
using testing_support::CuttingProxy;

constexpr KeyClaim kTake = KeyClaim::kTake;

class PostgresKeysTest : public PostgresTest {
 protected:
  using Results = absl::StatusOr<std::vector<ChangeResult>>;

  static Results CommitAll(Store& store, const std::vector<OwnedChange>& changes) {
    std::vector<Change> borrowed;
    for (const OwnedChange& change : changes) borrowed.push_back(change.Borrow());
    return store.Commit(borrowed);
  }
  OwnedChange Taking(const std::string& id) { return NewSagaWithKey(id, epoch_, "k", kTake); }
  // In a transaction of its own runs `first`, then commits `changes` in another, which must wait
  // for it, and lets the first one commit.
  Results CommitBehind(const std::function<absl::Status(Transaction&)>& first,
                       const std::vector<OwnedChange>& changes) {
    Results results = absl::UnknownError("not done");
    std::optional<Thread> thread;
    const absl::Status status = Connect()->Transact([&](Transaction& transaction) -> absl::Status {
      SKALD_RETURN_IF_ERROR(first(transaction));
      thread.emplace("committer", [&] { results = CommitAll(*store_, changes); });
      EXPECT_TRUE(Eventually([&] { return Waiting() == "1\n"; }));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    if (thread) thread->Join();
    return results;
  }
};

TEST_F(PostgresKeysTest, GivesAKeyToTheNextIfTheIdOfTheFirstIsTakenWhileTheCommitWaits) {
  const OwnedChange theirs = NewSaga("a", epoch_);
  const auto results = CommitBehind(
      [&](Transaction& transaction) {
        const Change change = theirs.Borrow();
        return transaction.Run(postgres::kCommit, postgres::CommitParameters({&change, 1}, {0}))
            .status();
      },
      {Taking("a"), Taking("b")});
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_THAT(*results, ElementsAre(ChangeResult::kAlreadyExists, ChangeResult::kStored));
  EXPECT_EQ(Query("SELECT key, holder FROM exclusive_keys"), "k|b\n");
  EXPECT_EQ(Query("SELECT id FROM sagas ORDER BY id"), "a\nb\n");
}

TEST_F(PostgresKeysTest, TakesAKeyWhoseRowWasRemovedWhileTheCommitWaitedForIt) {
  ExpectStored(*store_, Taking("a"));
  const auto results = CommitBehind(
      [](Transaction& transaction) {
        return transaction.Run({"release", "DELETE FROM exclusive_keys"}, {}).status();
      },
      {Taking("b")});
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_THAT(*results, ElementsAre(ChangeResult::kStored));
  EXPECT_EQ(Query("SELECT key, holder FROM exclusive_keys"), "k|b\n");
}

TEST_F(PostgresKeysTest, SeesTheHolderThatCameWhileTheCommitWaited) {
  const auto results = CommitBehind(
      [](Transaction& transaction) {
        return transaction.Run({"take", "INSERT INTO exclusive_keys VALUES ('k', 'a')"}, {})
            .status();
      },
      {Taking("b"), NewSaga("c", epoch_)});
  ASSERT_TRUE(results.ok()) << results.status();
  EXPECT_THAT(*results, ElementsAre(ChangeResult::kKeyTaken, ChangeResult::kStored));
}

TEST_F(PostgresKeysTest, IsUnavailableAndLeavesNoClaimWhenTheCommitWaitsTooLong) {
  const auto hasty = Open(cluster_->Url(database_), absl::Milliseconds(50));
  const absl::Status status = Connect()->Transact([&](Transaction& transaction) -> absl::Status {
    SKALD_RETURN_IF_ERROR(transaction.Run(postgres::kLockShards, {}).status());
    const auto results = CommitAll(*hasty, {Taking("a")});
    EXPECT_TRUE(absl::IsUnavailable(results.status())) << results.status();
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(Query("SELECT count(*) FROM exclusive_keys"), "0\n");
  EXPECT_EQ(Query("SELECT count(*) FROM sagas"), "0\n");
}

TEST_F(PostgresKeysTest, KeepsNoRowOfAKeyThatNobodyHoldsOrWaitsFor) {
  const OwnedChange a = Taking("a");
  const OwnedChange b = NewSagaWithKey("b", epoch_, "k", KeyClaim::kWait);
  ASSERT_TRUE(CommitAll(*store_, {a, b}).ok());
  ExpectStored(*store_, NextChange(a, KeyClaim::kRelease));
  EXPECT_EQ(Query("SELECT key, holder FROM exclusive_keys"), "k|\n");
  ExpectStored(*store_, NextChange(b, KeyClaim::kRelease));
  const auto refused = CommitAll(*store_, {NewSagaWithKey("a", epoch_, "other", kTake)});
  ASSERT_TRUE(refused.ok()) << refused.status();
  EXPECT_THAT(*refused, ElementsAre(ChangeResult::kAlreadyExists));
  EXPECT_EQ(Query("SELECT count(*) FROM exclusive_keys"), "0\n");
  EXPECT_EQ(Query("SELECT count(*) FROM key_waiters"), "0\n");
}

// How a transaction ends, and the end of every answer to that.
const std::string kCommitRequest("COMMIT\0", 7);
const std::string kAnswerEnd("Z\0\0\0\5I", 6);

class LostKeyTest : public PostgresKeysTest {
 protected:
  void TakeThroughACut(CuttingProxy::Cut cut, InDoubtResult expected) {
    CuttingProxy proxy(cluster_->port());
    const auto store = Open(cluster_->TcpUrl(database_, proxy.port()) + "?sslmode=disable");
    // So that opening the store is not the last transaction that went through the proxy.
    ExpectStored(*store, NewSaga("first", epoch_));
    const OwnedChange a = Taking("a");
    proxy.CutOnce(kCommitRequest, cut, kAnswerEnd);
    const auto lost = Commit(*store, a);
    EXPECT_TRUE(absl::IsUnknown(lost.status())) << lost.status();
    EXPECT_EQ(proxy.cuts(), 1);
    const auto resolved = Resolve(*store, a);
    ASSERT_TRUE(resolved.ok()) << resolved.status();
    EXPECT_EQ(*resolved, expected);
    const bool stored = expected == InDoubtResult::kStored;
    EXPECT_EQ(store->FindKey("k")->holder, stored ? "a" : "");
    const auto again = Commit(*store, a);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, stored ? ChangeResult::kAlreadyExists : ChangeResult::kStored);
    EXPECT_EQ(store->FindKey("k")->holder, "a");
  }
};

TEST_F(LostKeyTest, IsUnknownAndFreeWhenTheCommitGotLost) {
  TakeThroughACut(CuttingProxy::Cut::kBeforeTheRequest, InDoubtResult::kNotStored);
}

TEST_F(LostKeyTest, IsUnknownAndHeldWhenTheAnswerToTheCommitGotLost) {
  TakeThroughACut(CuttingProxy::Cut::kAfterTheAnswer, InDoubtResult::kStored);
}

TEST_F(LostKeyTest, IsUnavailableAndFreeWhenTheSessionIsLostBeforeTheCommit) {
  CuttingProxy proxy(cluster_->port());
  const auto store = Open(cluster_->TcpUrl(database_, proxy.port()) + "?sslmode=disable");
  // The statement that writes the sagas: the keys are claimed by then.
  proxy.CutOnce(std::string("\0commit\0", 8), CuttingProxy::Cut::kBeforeTheRequest, kAnswerEnd);
  const auto lost = Commit(*store, Taking("a"));
  EXPECT_TRUE(absl::IsUnavailable(lost.status())) << lost.status();
  EXPECT_EQ(proxy.cuts(), 1);
  EXPECT_EQ(store->FindKey("k")->holder, "");
  ExpectStored(*store, Taking("a"));
}

TEST_F(PostgresKeysTest, HasKeysAndSagasOfTheSameMindWhenTheServerIsKilledAgainAndAgain) {
  constexpr int kSagas = 20;
  std::vector<OwnedChange> last;
  for (int i = 0; i < kSagas; ++i) {
    const std::string number = std::to_string(i);
    last.push_back(NewSagaWithKey("saga-" + number, epoch_, "key-" + number, kTake));
  }
  std::atomic<bool> stop = false;
  std::atomic<int> rounds = 0;
  std::atomic<int> failures = 0;
  Thread thread("committer", [&] {
    while (!stop) {
      const auto results = CommitAll(*store_, last);
      if (!results.ok()) {
        ++failures;
        // Two processors have a server to bring back meanwhile.
        absl::SleepFor(absl::Milliseconds(5));
        bool stored = false;
        if (absl::IsUnknown(results.status())) {
          absl::StatusOr<InDoubtResult> resolved = Resolve(*store_, last.front());
          while (!resolved.ok() && !stop) resolved = Resolve(*store_, last.front());
          stored = resolved.ok() && *resolved == InDoubtResult::kStored;
        }
        if (!stored) continue;
      } else if (*results != std::vector<ChangeResult>(kSagas, ChangeResult::kStored)) {
        ADD_FAILURE() << "a change or a key was taken for somebody else's";
        return;
      }
      ++rounds;
      const KeyClaim claim = rounds % 2 == 1 ? KeyClaim::kRelease : kTake;
      for (OwnedChange& change : last) change = NextChange(change, claim);
    }
  });
  for (int kills = 0; kills < 3; ++kills) {
    const int before = rounds;
    EXPECT_TRUE(Eventually([&] { return rounds > before + 10 || HasFailure(); }));
    const int failed = failures;
    cluster_->Kill();
    EXPECT_TRUE(Eventually([&] { return failures > failed || HasFailure(); }));
    const auto started = cluster_->Start();
    ASSERT_TRUE(started.ok()) << started;
  }
  const int before = rounds;
  EXPECT_TRUE(Eventually([&] { return rounds > before || HasFailure(); }));
  stop = true;
  thread.Join();
  EXPECT_EQ(Query("SELECT count(*), min(revision), max(revision) FROM sagas"),
            fmt::format("{0}|{1}|{1}\n", kSagas, rounds.load()));
  EXPECT_EQ(Query("SELECT count(*) FROM exclusive_keys WHERE holder <> ''"),
            rounds % 2 == 1 ? "20\n" : "0\n");
}

}  // namespace
}  // namespace skald
