// How a database gets its tables, and how old ones become new.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/thread.h"
#include "storage/postgres/migrations.h"
#include "storage/postgres/postgres_harness.h"
#include "storage/postgres/sql.h"

namespace skald {
namespace {

using postgres::Parameters;
using postgres::Transaction;
using testing::HasSubstr;

std::string HexOf(const std::string& bytes) {
  std::string hex;
  for (const char byte : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

class PostgresMigrationsTest : public PostgresTest {
 protected:
  // A database whose schema has version 1, and nothing in it.
  void MakeFirstSchema() {
    const auto database = cluster_->CreateDatabase();
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *database;
    const absl::Status made = Connect()->Transact([](Transaction& transaction) -> absl::Status {
      SKALD_RETURN_IF_ERROR(transaction.Run(postgres::kMakeSchema, {}).status());
      const postgres::Statement first{"first", postgres::kMigrations[0]};
      SKALD_RETURN_IF_ERROR(transaction.Run(first, {}).status());
      Parameters version;
      version.Add(int64_t{1});
      return transaction.Run(postgres::kAddSchemaVersion, version).status();
    });
    ASSERT_TRUE(made.ok()) << made;
  }
};

TEST_F(PostgresMigrationsTest, BringsADatabaseOfTheFirstSchemaUpToDateAndGoesOnWithItsSagas) {
  MakeFirstSchema();
  const OwnedChange old = NewSaga("old", 1);
  Query("INSERT INTO shards VALUES (0, 1, 'before', now())");
  Query(
      fmt::format("INSERT INTO sagas VALUES ('old', 0, 1, 1, 'place_order', 3, 1, false, 0, {}, "
                  "0, 0, '{{}}', '\\x{}')",
                  old.record.created_us(), HexOf(old.record.SerializeAsString())));
  const auto store = Open(cluster_->Url(database_));
  ASSERT_NE(store, nullptr);
  const auto unfinished = store->LoadUnfinished(0, "", 10);
  ASSERT_TRUE(unfinished.ok()) << unfinished.status();
  ASSERT_EQ(unfinished->size(), size_t{1});
  EXPECT_EQ(Dump(unfinished->front()), Dump(old.record));
  ExpectStored(*store, NextChange(old));
  ExpectStored(*store, NewSagaWithKey("new", 1, "k", KeyClaim::kTake));
  EXPECT_EQ(store->FindKey("k")->holder, "new");
  EXPECT_EQ(store->CountSagas()->front().sagas, 2);
}

TEST_F(PostgresMigrationsTest, ReachesSleepersAndCountsThroughIndexesOfTheirOwn) {
  Query(R"(
      INSERT INTO sagas (id, shard, epoch, revision, definition, version, status, paused, cause,
                         created_us, finished_us, due_us, labels, record, wakes_us)
      SELECT n, 0, 1, 1, 'd', 1, CASE WHEN n % 10 = 0 THEN 1 ELSE 2 END, false, 0, n, 0, n, '{}',
             '', CASE WHEN n % 10 = 0 AND n % 20 > 0 THEN n ELSE 0 END
      FROM generate_series(1, 20000) AS n;
      ANALYZE)");
  const auto connection = Connect();
  const auto plan = [&](const std::string& parameters, const postgres::Statement& statement,
                        const std::string& arguments) {
    std::string text;
    const absl::Status ran = connection->Transact([&](Transaction& transaction) -> absl::Status {
      const std::string prepare =
          fmt::format("PREPARE planned {} AS {}", parameters, statement.text);
      const std::string explain = fmt::format("EXPLAIN (COSTS off) EXECUTE planned {}", arguments);
      SKALD_RETURN_IF_ERROR(transaction.Run({"prepare", prepare.c_str()}, {}).status());
      SKALD_ASSIGN_OR_RETURN(const auto rows, transaction.Run({"plan", explain.c_str()}, {}));
      for (int row = 0; row < rows.size(); ++row) {
        text += std::string(rows.Text(row, 0)) + "\n";
      }
      return transaction.Run({"forget", "DEALLOCATE planned"}, {}).status();
    });
    EXPECT_TRUE(ran.ok()) << ran;
    return text;
  };
  EXPECT_THAT(plan("(int[], bigint, text, bigint, bigint)", postgres::kLoadDue,
                   "('{0,1}', 0, '', 100, 10)"),
              HasSubstr("Index Scan using sagas_due on sagas"));
  EXPECT_THAT(plan("(int, text, bigint)", postgres::kLoadUnfinished, "(0, '', 10)"),
              HasSubstr("Index Scan using sagas_awake on sagas"));
  EXPECT_THAT(plan("", postgres::kCountSagas, ""), HasSubstr("sagas_counted"));
}

TEST_F(PostgresMigrationsTest, OpenedToReadItLeavesAnOldSchemaAsItIs) {
  MakeFirstSchema();
  const auto opened =
      OpenPostgresStore({.url = cluster_->Url(database_), .access = StoreAccess::kRead});
  EXPECT_TRUE(absl::IsFailedPrecondition(opened.status())) << opened.status();
  EXPECT_THAT(std::string(Message(opened.status())), HasSubstr("has version 1, this binary has"));
  EXPECT_EQ(Query("SELECT max(version) FROM skald_schema"), "1\n");
}

TEST_F(PostgresMigrationsTest, OpenedToReadItNeedsOnlyAServerAndAUserThatReadAndRefusesToWrite) {
  ExpectStored(*store_, NewSaga("a", epoch_));
  Query(
      "CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader; "
      "ALTER ROLE reader SET default_transaction_read_only = on");
  const std::string url = fmt::format(
      "postgresql://reader@127.0.0.1:{}/{}?target_session_attrs=any", cluster_->port(), database_);
  const auto reader = OpenPostgresStore({.url = url, .access = StoreAccess::kRead});
  ASSERT_TRUE(reader.ok()) << reader.status();
  const auto page = (*reader)->ListSagas(Filter(), PageRequest());
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->items.size(), size_t{1});
  EXPECT_TRUE((*reader)->ListHistory("a", 0, 10).ok());
  EXPECT_TRUE((*reader)->ListDefinitions().ok());
  EXPECT_TRUE(absl::IsFailedPrecondition((*reader)->TakeShards(1, "reader").status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(Commit(**reader, NewSaga("b", epoch_)).status()));
}

TEST_F(PostgresMigrationsTest, MigratesOnceWhenManyOpenTheStoreAtOnce) {
  const auto database = cluster_->CreateDatabase();
  ASSERT_TRUE(database.ok()) << database.status();
  std::vector<absl::Status> statuses(6);
  {
    std::vector<Thread> threads;
    for (absl::Status& status : statuses) {
      threads.emplace_back("opener", [&status, url = cluster_->Url(*database)] {
        const auto opened = OpenPostgresStore({.url = url});
        status = opened.status();
      });
    }
  }
  for (const absl::Status& status : statuses) EXPECT_TRUE(status.ok()) << status;
  database_ = *database;
  const std::string known = std::to_string(postgres::KnownSchemaVersion());
  EXPECT_EQ(Query("SELECT count(*), min(version), max(version) FROM skald_schema"),
            known + "|1|" + known + "\n");
}

TEST_F(PostgresMigrationsTest, RefusesASchemaThatIsNewerAndNamesBothVersions) {
  Query("INSERT INTO skald_schema VALUES (77, now())");
  const auto opened = OpenPostgresStore({.url = cluster_->Url(database_)});
  EXPECT_TRUE(absl::IsFailedPrecondition(opened.status())) << opened.status();
  EXPECT_THAT(std::string(Message(opened.status())), HasSubstr("has version 77"));
  EXPECT_THAT(std::string(Message(opened.status())),
              HasSubstr("knows " + std::to_string(postgres::KnownSchemaVersion())));
}

}  // namespace
}  // namespace skald
