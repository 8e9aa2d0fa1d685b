// What the SQLite store answers when its file is taken, foreign, damaged, or its disk fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/status.h"
#include "storage/conformance.h"
#include "storage/in_doubt.h"
#include "storage/sqlite/fake_vfs.h"
#include "storage/sqlite/sql.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/support/temp_folder.h"

namespace skald {
namespace {

using testing::HasSubstr;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string HexOf(const std::string& bytes) {
  std::string hex;
  for (const char byte : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

// Does as another program would.
class RawConnection {
 public:
  explicit RawConnection(const std::string& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &db_), 0);
  }
  ~RawConnection() { sqlite3_close(db_); }
  void Run(const std::string& sql) {
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
    sqlite3_free(error);
  }

 private:
  sqlite3* db_ = nullptr;
};

class SqliteFaultsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { FakeVfs::Install(); }
  void TearDown() override { FakeVfs::Heal(); }

  std::string File(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string path() const { return File("skald.db"); }

  absl::StatusOr<std::unique_ptr<Store>> Open() {
    return OpenSqliteStore({.path = path(), .busy_timeout = absl::Milliseconds(1)});
  }
  // A store whose only shard is taken.
  std::unique_ptr<Store> OpenAndTake() {
    auto store = Open();
    EXPECT_TRUE(store.ok()) << store.status();
    if (!store.ok()) return nullptr;
    const auto epochs = (*store)->TakeShards(1, "test");
    EXPECT_TRUE(epochs.ok()) << epochs.status();
    return *std::move(store);
  }
  static absl::StatusOr<std::vector<ChangeResult>> Commit(Store& store, const OwnedChange& change) {
    const Change borrowed = change.Borrow();
    return store.Commit({&borrowed, 1});
  }
  static void ExpectStored(Store& store, const OwnedChange& change) {
    const auto results = Commit(store, change);
    ASSERT_TRUE(results.ok()) << results.status();
    EXPECT_EQ(results->front(), ChangeResult::kStored);
  }
  static size_t CountSagas(Store& store) {
    const auto page = store.ListSagas(Filter(), PageRequest());
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? page->items.size() : 0;
  }
  void ExpectRefused(const std::string& words) {
    const auto store = Open();
    ASSERT_EQ(store.status().code(), absl::StatusCode::kFailedPrecondition) << store.status();
    EXPECT_THAT(store.status().ToString(), HasSubstr(words));
    EXPECT_THAT(store.status().ToString(), HasSubstr(path()));
  }

  testing_support::TempFolder folder_;
};

TEST_F(SqliteFaultsTest, RefusesAFileThatIsOpenAndTellsWhoHasIt) {
  const auto first = OpenAndTake();
  ExpectRefused("another skaldd has this file open (pid " + std::to_string(getpid()) + ")");
}

TEST_F(SqliteFaultsTest, RefusesAnOpenFileUnderAnotherNameToo) {
  const auto first = OpenAndTake();
  std::filesystem::create_symlink(path(), File("link.db"));
  const auto second = OpenSqliteStore({.path = File("link.db")});
  EXPECT_TRUE(absl::IsFailedPrecondition(second.status())) << second.status();
}

TEST_F(SqliteFaultsTest, OpensAfterItsHolderWasKilledAndFindsWhatItHadCommitted) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto store = OpenAndTake();
    const bool stored = Commit(*store, NewSaga("a", 1)).ok();
    if (write(ready[1], stored ? "y" : "n", 1) != 1) _exit(1);
    while (true) pause();
  }
  char answer = 0;
  EXPECT_EQ(read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  ExpectRefused("(pid " + std::to_string(child) + ")");
  kill(child, SIGKILL);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  close(ready[0]);
  close(ready[1]);
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(CountSagas(**store), size_t{1});
}

TEST_F(SqliteFaultsTest, OpenedToReadItSeesWhatTheWriterBesideItCommitsAndRefusesToWrite) {
  const auto writer = OpenAndTake();
  const auto reader = OpenSqliteStore({.path = path(), .access = StoreAccess::kRead});
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(CountSagas(**reader), size_t{0});
  ExpectStored(*writer, NewSaga("a", 1));
  EXPECT_EQ(CountSagas(**reader), size_t{1});
  EXPECT_TRUE(absl::IsFailedPrecondition((*reader)->TakeShards(1, "reader").status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(Commit(**reader, NewSaga("b", 1)).status()));
  ExpectStored(*writer, NewSaga("b", 1));
}

TEST_F(SqliteFaultsTest, OpenedToReadItMakesNoFileAndLeavesAnOldSchemaAsItIs) {
  const SqliteOptions to_read = {.path = path(), .access = StoreAccess::kRead};
  EXPECT_TRUE(absl::IsFailedPrecondition(OpenSqliteStore(to_read).status()));
  EXPECT_FALSE(std::filesystem::exists(path()));
  OpenAndTake();
  RawConnection(path()).Run("PRAGMA user_version = 1");
  const std::string before = ReadFile(path());
  const auto opened = OpenSqliteStore(to_read);
  EXPECT_TRUE(absl::IsFailedPrecondition(opened.status())) << opened.status();
  EXPECT_THAT(opened.status().ToString(), HasSubstr("has schema version 1, this program has"));
  EXPECT_EQ(ReadFile(path()), before);
}

TEST_F(SqliteFaultsTest, RefusesASchemaOfAnotherVersionAndNamesBoth) {
  OpenAndTake();
  RawConnection(path()).Run("PRAGMA user_version = 99");
  ExpectRefused("schema version 99, this program knows versions 1 to " +
                std::to_string(std::size(sqlite::kMigrations)));
}

TEST_F(SqliteFaultsTest, BringsAFileOfTheFirstSchemaUpToDateAndGoesOnWithItsSagas) {
  const OwnedChange old = NewSaga("old", 1);
  {
    RawConnection raw(path());
    raw.Run(sqlite::kMigrations[0].text);
    raw.Run("PRAGMA user_version = 1; PRAGMA application_id = " +
            std::to_string(sqlite::kApplicationId));
    raw.Run("INSERT INTO shards VALUES (0, 1, 'before', 0)");
    raw.Run("INSERT INTO sagas VALUES ('old', 0, 1, 1, 'place_order', 3, 1, 0, 0, " +
            std::to_string(old.record.created_us()) + ", 0, 0, '{}', x'" +
            HexOf(old.record.SerializeAsString()) + "')");
  }
  auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  const auto unfinished = (*store)->LoadUnfinished(0, "", 10);
  ASSERT_TRUE(unfinished.ok()) << unfinished.status();
  ASSERT_EQ(unfinished->size(), size_t{1});
  EXPECT_EQ(Dump(unfinished->front()), Dump(old.record));
  ExpectStored(**store, NextChange(old));
  ExpectStored(**store, NewSagaWithKey("new", 1, "k", KeyClaim::kTake));
  store->reset();
  store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_EQ(CountSagas(**store), size_t{2});
  EXPECT_EQ((*store)->FindKey("k")->holder, "new");
  EXPECT_EQ((*store)->CountSagas()->front().sagas, 2);
}

TEST_F(SqliteFaultsTest, LeavesAnOldFileAsItWasWhenItCannotBeBroughtUpToDate) {
  {
    RawConnection raw(path());
    raw.Run(sqlite::kMigrations[0].text);
    raw.Run("PRAGMA user_version = 1; PRAGMA application_id = " +
            std::to_string(sqlite::kApplicationId));
    // In the way of a table of the second version.
    raw.Run("CREATE TABLE key_waiters (x)");
  }
  EXPECT_FALSE(Open().ok());
  RawConnection(path()).Run("DROP TABLE key_waiters");
  EXPECT_TRUE(Open().ok());
}

TEST_F(SqliteFaultsTest, RefusesTheDatabaseOfAnotherProgramAndLeavesItAlone) {
  RawConnection(path()).Run("CREATE TABLE theirs (x); PRAGMA user_version = 1");
  const std::string before = ReadFile(path());
  ExpectRefused("not one of Skald");
  EXPECT_TRUE(ReadFile(path()) == before);
}

TEST_F(SqliteFaultsTest, RefusesAFileThatIsNoDatabaseAndLeavesItAlone) {
  const std::string letter(10'000, 'x');
  WriteFile(path(), letter);
  ExpectRefused("is not a database of Skald");
  EXPECT_TRUE(ReadFile(path()) == letter);
}

TEST_F(SqliteFaultsTest, TakesAnEmptyFileForANewDatabase) {
  WriteFile(path(), "");
  EXPECT_NE(OpenAndTake(), nullptr);
}

TEST_F(SqliteFaultsTest, SaysThatTheDirectoryIsMissing) {
  const auto store = OpenSqliteStore({.path = File("no/skald.db")});
  EXPECT_TRUE(absl::IsFailedPrecondition(store.status()));
  EXPECT_THAT(store.status().ToString(), HasSubstr(File("no") + " does not exist"));
}

TEST_F(SqliteFaultsTest, SaysThatItCannotOpenWhatIsNoFile) {
  std::filesystem::create_directory(path());
  const auto store = Open();
  EXPECT_TRUE(absl::IsUnavailable(store.status())) << store.status();
  EXPECT_THAT(store.status().ToString(), HasSubstr(path()));
}

TEST_F(SqliteFaultsTest, TellsADamagedFileAsDataLoss) {
  {
    const auto store = OpenAndTake();
    OwnedChange saga = NewSaga("a", 1);
    saga.record.set_state(std::string(100'000, 's'));
    ExpectStored(*store, saga);
  }
  std::string bytes = ReadFile(path());
  // All but the first page, which holds the schema.
  std::fill(bytes.begin() + 4096, bytes.end(), '\xff');
  WriteFile(path(), bytes);
  const auto store = Open();
  ASSERT_TRUE(store.ok()) << store.status();
  EXPECT_TRUE(absl::IsDataLoss((*store)->ListSagas(Filter(), PageRequest()).status()));
  EXPECT_TRUE(absl::IsDataLoss((*store)->TakeShards(1, "test").status()));
}

TEST_F(SqliteFaultsTest, TellsARowThatDoesNotParseAsDataLoss) {
  auto store = OpenAndTake();
  OwnedChange saga = NewSaga("a", 1);
  AddStep(saga, "one");
  ExpectStored(*store, saga);
  const std::string id = "a";
  RawConnection(path()).Run("UPDATE step_states SET record = x'ff'");
  EXPECT_TRUE(absl::IsDataLoss(store->Load({&id, 1}).status()));
  RawConnection(path()).Run("UPDATE history SET entries = x'ff'");
  EXPECT_TRUE(absl::IsDataLoss(store->ListHistory("a", 0, 10).status()));
  // A reader that met an error serves the next call all the same.
  for (int i = 0; i < 10; ++i) EXPECT_EQ(CountSagas(*store), size_t{1});
}

TEST_F(SqliteFaultsTest, IsUnavailableWhileAToolHoldsTheFileAndWellAfterwards) {
  const auto store = OpenAndTake();
  {
    RawConnection tool(path());
    tool.Run("BEGIN IMMEDIATE");
    const auto results = Commit(*store, NewSaga("a", 1));
    EXPECT_TRUE(absl::IsUnavailable(results.status())) << results.status();
    EXPECT_THAT(results.status().ToString(), HasSubstr(path()));
    EXPECT_TRUE(absl::IsUnavailable(store->Check()));
    EXPECT_EQ(CountSagas(*store), size_t{0});
  }
  EXPECT_TRUE(store->Check().ok());
  ExpectStored(*store, NewSaga("a", 1));
}

TEST_F(SqliteFaultsTest, SaysThatTheDiskIsFullAndHasStoredNothing) {
  const auto store = OpenAndTake();
  OwnedChange small = NewSaga("small", 1);
  // So much that pages are written before the commit.
  OwnedChange large = NewSaga("large", 1);
  large.record.set_state(std::string(16'000'000, 'x'));
  for (const OwnedChange& saga : {small, large}) {
    FakeVfs::Fail(FakeVfs::Call::kWrite, SQLITE_FULL);
    const auto results = Commit(*store, saga);
    EXPECT_TRUE(absl::IsResourceExhausted(results.status())) << results.status();
    EXPECT_EQ(CountSagas(*store), size_t{0});
    FakeVfs::Heal();
  }
  ExpectStored(*store, small);
  ExpectStored(*store, large);
}

TEST_F(SqliteFaultsTest, DoesNotClaimToKnowWhatBecameOfACommitWhoseFsyncFailed) {
  const auto store = OpenAndTake();
  const OwnedChange saga = NewSaga("a", 1);
  FakeVfs::Fail(FakeVfs::Call::kSync, SQLITE_IOERR_FSYNC);
  const auto lost = Commit(*store, saga);
  EXPECT_TRUE(absl::IsUnknown(lost.status())) << lost.status();
  FakeVfs::Heal();
  const Change change = saga.Borrow();
  const auto resolved = ResolveInDoubt(*store, {&change, 1});
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_EQ(resolved->front(), InDoubtResult::kNotStored);
  ExpectStored(*store, saga);
  EXPECT_EQ(CountSagas(*store), size_t{1});
}

TEST_F(SqliteFaultsTest, KeepsItsEpochsWhenTakingThemFails) {
  const auto store = OpenAndTake();
  FakeVfs::Fail(FakeVfs::Call::kWrite, SQLITE_IOERR_WRITE);
  EXPECT_TRUE(absl::IsUnavailable(store->TakeShards(1, "test").status()));
  FakeVfs::Heal();
  ExpectStored(*store, NewSaga("a", 1));
}

TEST_F(SqliteFaultsTest, NoticesThatItsFileWasReplaced) {
  const auto store = OpenAndTake();
  EXPECT_TRUE(store->Check().ok());
  std::filesystem::rename(path(), File("moved.db"));
  EXPECT_TRUE(absl::IsUnavailable(store->Check()));
  WriteFile(path(), "");
  EXPECT_TRUE(absl::IsUnavailable(store->Check()));
}

TEST_F(SqliteFaultsTest, LeavesOneFileToCopyWhenItIsClosed) {
  OpenAndTake();
  EXPECT_FALSE(std::filesystem::exists(path() + "-wal"));
  EXPECT_TRUE(std::filesystem::exists(path()));
}

}  // namespace
}  // namespace skald
