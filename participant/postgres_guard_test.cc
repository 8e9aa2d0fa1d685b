#include "participant/postgres_guard.h"

#include <gtest/gtest.h>

#include <memory>
#include <pqxx/pqxx>
#include <string>

#include "base/check.h"
#include "base/status.h"
#include "base/thread.h"
#include "participant/conformance.h"
#include "tests/support/postgres_cluster.h"

namespace skald::participant {
namespace {

using testing_support::PostgresCluster;

// One for the whole program: each test has a database of its own in it.
class ClusterEnvironment final : public testing::Environment {
 public:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<PostgresCluster>> cluster = PostgresCluster::Make();
    SKALD_CHECK(cluster.ok(), "{}", Message(cluster.status()));
    Cluster() = *std::move(cluster);
  }
  void TearDown() override { Cluster().reset(); }

  static std::unique_ptr<PostgresCluster>& Cluster() {
    static auto* const cluster = new std::unique_ptr<PostgresCluster>;
    return *cluster;
  }
};

const testing::Environment* const kEnvironment =
    testing::AddGlobalTestEnvironment(new ClusterEnvironment);

std::string FreshDatabase() {
  PostgresCluster& cluster = *ClusterEnvironment::Cluster();
  const absl::StatusOr<std::string> database = cluster.CreateDatabase();
  SKALD_CHECK(database.ok(), "{}", Message(database.status()));
  return cluster.Url(*database);
}

std::unique_ptr<PostgresGuard> OpenOrDie(const std::string& url, GuardOptions options = {}) {
  absl::StatusOr<std::unique_ptr<PostgresGuard>> guard =
      PostgresGuard::Open(url, {.guard = options, .connections = 4});
  SKALD_CHECK(guard.ok(), "{}", Message(guard.status()));
  return *std::move(guard);
}

class PostgresHarness final : public GuardHarness {
 public:
  void Open(GuardOptions options) override {
    Close();
    guard_ = OpenOrDie(url_, options);
    const absl::Status made = guard_->InTransaction([](pqxx::transaction_base& db) {
      db.exec("CREATE TABLE IF NOT EXISTS effects (name text)");
      return absl::OkStatus();
    });
    SKALD_CHECK(made.ok(), "{}", Message(made));
  }

  void Close() override { guard_.reset(); }

  Answer Run(const GuardedCall& call, const Business& business) override {
    return guard_->RunUntyped(call, Over(business));
  }

  Answer Finish(const std::string& key, const Business& business) override {
    return guard_->FinishUntyped(key, Over(business));
  }

  int Effects(const std::string& name) override {
    int count = -1;
    const absl::Status read = guard_->InTransaction([&](pqxx::transaction_base& db) {
      count =
          db.exec_params("SELECT count(*) FROM effects WHERE name = $1", name).front()[0].as<int>();
      return absl::OkStatus();
    });
    SKALD_CHECK(read.ok(), "{}", Message(read));
    return count;
  }

  absl::StatusOr<int64_t> Forget(absl::Duration older_than, int at_most) override {
    return guard_->Forget(older_than, at_most);
  }
  absl::StatusOr<int64_t> ForgetSaga(const std::string& saga_id) override {
    return guard_->ForgetSaga(saga_id);
  }

 private:
  static PostgresGuard::UntypedChange Over(const Business& business) {
    return [&business](pqxx::transaction_base& db) {
      return business([&db](const std::string& name) {
        db.exec_params("INSERT INTO effects VALUES ($1)", name);
      });
    };
  }

  const std::string url_ = FreshDatabase();
  std::unique_ptr<PostgresGuard> guard_;
};

std::unique_ptr<GuardHarness> MakePostgresHarness() { return std::make_unique<PostgresHarness>(); }

INSTANTIATE_TEST_SUITE_P(Postgres, GuardTest, testing::Values(MakePostgresHarness));

GuardedCall SomeCall() {
  GuardedCall call;
  call.info.idempotency_key = "order-1/reserve/action";
  return call;
}

Answer Reply(PostgresGuard& guard, const std::string& reply) {
  return guard.RunUntyped(SomeCall(), [&](pqxx::transaction_base&) { return reply; });
}

TEST(PostgresGuardTest, ManyGuardsMayCreateTheTableAtOnce) {
  const std::string url = FreshDatabase();
  std::vector<Thread> threads;
  for (int i = 0; i < 6; ++i) threads.emplace_back("open", [&url] { OpenOrDie(url); });
}

TEST(PostgresGuardTest, AStatementThatFailsMakesTheCallUncertainAndLeavesNoTrace) {
  const std::unique_ptr<PostgresGuard> guard = OpenOrDie(FreshDatabase());
  const Answer failed = guard->RunUntyped(SomeCall(), [](pqxx::transaction_base& db) -> Answer {
    db.exec("SELECT 1 / 0");
    return std::string("done");
  });
  EXPECT_EQ(failed.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Reply(*guard, "first").reply(), "first");
}

TEST(PostgresGuardTest, ComesBackByItselfAfterTheDatabaseWasAway) {
  PostgresCluster& cluster = *ClusterEnvironment::Cluster();
  const std::unique_ptr<PostgresGuard> guard = OpenOrDie(FreshDatabase());
  ASSERT_EQ(Reply(*guard, "first").reply(), "first");
  ASSERT_TRUE(cluster.Stop().ok());
  EXPECT_EQ(Reply(*guard, "second").status().code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(cluster.Start().ok());
  EXPECT_EQ(Reply(*guard, "third").reply(), "first");
}

TEST(PostgresGuardTest, SaysThatTheDatabaseIsAway) {
  const absl::Status status = PostgresGuard::Open("host=/nowhere dbname=none").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
}

TEST(PostgresGuardTest, RefusesToHaveNoConnections) {
  const absl::Status status = PostgresGuard::Open("", {.guard = {}, .connections = 0}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace skald::participant
