// A server of PostgreSQL's for a file of test cases, and a database with an open store for each.
//
// Tests only. Threading: confined, but for Commit and Query.
#ifndef SKALD_STORAGE_POSTGRES_POSTGRES_HARNESS_H_
#define SKALD_STORAGE_POSTGRES_POSTGRES_HARNESS_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "base/status.h"
#include "storage/conformance.h"
#include "storage/in_doubt.h"
#include "storage/postgres/connection.h"
#include "storage/postgres/postgres_store.h"
#include "tests/support/postgres_cluster.h"

namespace skald {

// For what other processes do, of which no event tells.
inline bool Eventually(const std::function<bool()>& condition) {
  const absl::Time latest = absl::Now() + absl::Seconds(60);
  while (!condition()) {
    if (absl::Now() > latest) return false;
    absl::SleepFor(absl::Milliseconds(2));
  }
  return true;
}

class PostgresTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto made = testing_support::PostgresCluster::Make();
    ASSERT_TRUE(made.ok()) << made.status();
    cluster_ = *std::move(made);
  }
  static void TearDownTestSuite() { cluster_.reset(); }

  void SetUp() override {
    const auto database = cluster_->CreateDatabase();
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *database;
    store_ = Open(cluster_->Url(database_));
    const auto epochs = store_->TakeShards(1, "test");
    ASSERT_TRUE(epochs.ok()) << epochs.status();
    epoch_ = epochs->front();
  }

  static std::unique_ptr<Store> Open(const std::string& url,
                                     absl::Duration timeout = absl::Seconds(10)) {
    auto opened = OpenPostgresStore({.url = url, .statement_timeout = timeout});
    EXPECT_TRUE(opened.ok()) << opened.status();
    return opened.ok() ? *std::move(opened) : nullptr;
  }

  static absl::StatusOr<ChangeResult> Commit(Store& store, const OwnedChange& change) {
    const Change borrowed = change.Borrow();
    SKALD_ASSIGN_OR_RETURN(const auto results, store.Commit({&borrowed, 1}));
    return results.front();
  }
  static absl::StatusOr<InDoubtResult> Resolve(Store& store, const OwnedChange& change) {
    const Change borrowed = change.Borrow();
    SKALD_ASSIGN_OR_RETURN(const auto results, ResolveInDoubt(store, {&borrowed, 1}));
    return results.front();
  }
  void ExpectStored(Store& store, const OwnedChange& change) {
    const auto result = Commit(store, change);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(*result, ChangeResult::kStored);
  }
  std::string Query(const std::string& sql) {
    const auto answer = cluster_->Query(database_, sql);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *answer : "";
  }
  // How many sessions wait for a lock.
  std::string Waiting() {
    return Query(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
        "AND datname = current_database()");
  }
  std::unique_ptr<postgres::Connection> Connect() {
    const auto conninfo = postgres::CompleteUrl(cluster_->Url(database_));
    EXPECT_TRUE(conninfo.ok()) << conninfo.status();
    return std::make_unique<postgres::Connection>(*conninfo, absl::Seconds(60));
  }

  static inline std::unique_ptr<testing_support::PostgresCluster> cluster_;
  std::string database_;
  std::unique_ptr<Store> store_;
  int64_t epoch_ = 0;
};

}  // namespace skald

#endif  // SKALD_STORAGE_POSTGRES_POSTGRES_HARNESS_H_
