#include "participant/sqlite_guard.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/status.h"
#include "participant/conformance.h"
#include "participant/sqlite_statement.h"
#include "tests/support/temp_folder.h"

namespace skald::participant {
namespace {

using testing_support::TempFolder;

std::unique_ptr<SqliteGuard> OpenOrDie(const std::string& path, GuardOptions options) {
  absl::StatusOr<std::unique_ptr<SqliteGuard>> guard = SqliteGuard::Open(path, options);
  SKALD_CHECK(guard.ok(), "{}", Message(guard.status()));
  return *std::move(guard);
}

class SqliteHarness final : public GuardHarness {
 public:
  void Open(GuardOptions options) override {
    Close();
    guard_ = OpenOrDie(folder_.path() + "/book.db", options);
    const absl::Status made = guard_->InTransaction([](sqlite3* db) {
      return SqliteExecute(db, "CREATE TABLE IF NOT EXISTS effects (name TEXT)");
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
    int64_t count = -1;
    const absl::Status read = guard_->InTransaction([&](sqlite3* db) -> absl::Status {
      SqliteStatement select(db, "SELECT count(*) FROM effects WHERE name = ?1");
      select.Bind(1, name);
      SKALD_RETURN_IF_ERROR(select.Step().status());
      count = select.Int(0);
      return absl::OkStatus();
    });
    SKALD_CHECK(read.ok(), "{}", Message(read));
    return static_cast<int>(count);
  }

  absl::StatusOr<int64_t> Forget(absl::Duration older_than, int at_most) override {
    return guard_->Forget(older_than, at_most);
  }
  absl::StatusOr<int64_t> ForgetSaga(const std::string& saga_id) override {
    return guard_->ForgetSaga(saga_id);
  }

 private:
  static SqliteGuard::UntypedChange Over(const Business& business) {
    return [&business](sqlite3* db) {
      return business([db](const std::string& name) {
        const absl::Status added =
            SqliteStatement(db, "INSERT INTO effects VALUES (?1)").Bind(1, name).Run();
        SKALD_CHECK(added.ok(), "{}", Message(added));
      });
    };
  }

  TempFolder folder_;
  std::unique_ptr<SqliteGuard> guard_;
};

std::unique_ptr<GuardHarness> MakeSqliteHarness() { return std::make_unique<SqliteHarness>(); }

INSTANTIATE_TEST_SUITE_P(Sqlite, GuardTest, testing::Values(MakeSqliteHarness));

GuardedCall SomeCall() {
  GuardedCall call;
  call.info.idempotency_key = "order-1/reserve/action";
  return call;
}

TEST(SqliteGuardTest, RefusesABusinessFunctionThatEndsTheTransaction) {
  const TempFolder folder;
  const std::unique_ptr<SqliteGuard> guard = OpenOrDie(folder.path() + "/book.db", {});
  const Answer answer = guard->RunUntyped(SomeCall(), [](sqlite3* db) -> Answer {
    SKALD_RETURN_IF_ERROR(SqliteExecute(db, "ROLLBACK"));
    return std::string("done");
  });
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kInternal);
}

TEST(SqliteGuardTest, TwoGuardsOnOneFileShareTheirKeys) {
  const TempFolder folder;
  const std::unique_ptr<SqliteGuard> one = OpenOrDie(folder.path() + "/book.db", {});
  const std::unique_ptr<SqliteGuard> two = OpenOrDie(folder.path() + "/book.db", {});
  EXPECT_EQ(one->RunUntyped(SomeCall(), [](sqlite3*) { return std::string("first"); }).reply(),
            "first");
  EXPECT_EQ(two->RunUntyped(SomeCall(), [](sqlite3*) { return std::string("second"); }).reply(),
            "first");
}

TEST(SqliteGuardTest, SaysWhichFileCannotBeOpened) {
  const absl::Status status = SqliteGuard::Open("/nowhere/book.db").status();
  EXPECT_NE(Message(status).find("/nowhere/book.db"), std::string_view::npos) << status;
}

TEST(SqliteStatementTest, ReportsAStatementThatDoesNotParse) {
  const TempFolder folder;
  const std::unique_ptr<SqliteGuard> guard = OpenOrDie(folder.path() + "/book.db", {});
  const absl::Status status = guard->InTransaction(
      [](sqlite3* db) { return SqliteStatement(db, "SELEC 1").Bind(1, int64_t{1}).Run(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_NE(Message(status).find("SELEC 1"), std::string_view::npos) << status;
}

}  // namespace
}  // namespace skald::participant
