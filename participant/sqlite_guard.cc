#include "participant/sqlite_guard.h"

#include <exception>
#include <optional>
#include <utility>

#include "base/status.h"
#include "participant/metadata.h"
#include "participant/sqlite_statement.h"

namespace skald::participant {
namespace {

constexpr int kBusyMillis = 5000;

constexpr const char* kSchema = R"(
CREATE TABLE IF NOT EXISTS skald_guard (
  key TEXT PRIMARY KEY,
  saga_id TEXT NOT NULL,
  kind INTEGER NOT NULL,
  code INTEGER NOT NULL,
  message TEXT NOT NULL,
  reply BLOB NOT NULL,
  request_digest BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  created_us INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS skald_guard_by_saga ON skald_guard (saga_id, epoch);
CREATE INDEX IF NOT EXISTS skald_guard_by_age ON skald_guard (created_us);
)";

constexpr const char* kClaim = R"(
INSERT INTO skald_guard
  (key, saga_id, kind, code, message, reply, request_digest, epoch, created_us)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (key) DO NOTHING)";

constexpr const char* kFind = R"(
SELECT saga_id, kind, code, message, reply, request_digest, epoch, created_us
FROM skald_guard WHERE key = ?1)";

constexpr const char* kUpdate = R"(
UPDATE skald_guard SET kind = ?2, code = ?3, message = ?4, reply = ?5, epoch = ?6
WHERE key = ?1)";

constexpr const char* kHighestEpoch =
    "SELECT coalesce(max(epoch), 0) FROM skald_guard WHERE saga_id = ?1";

constexpr const char* kForget = R"(
DELETE FROM skald_guard WHERE key IN
  (SELECT key FROM skald_guard WHERE created_us < ?1 ORDER BY created_us LIMIT ?2))";

constexpr const char* kForgetSaga = "DELETE FROM skald_guard WHERE saga_id = ?1";

// Calls code of the participant's author: whatever it throws ends here.
template <typename Result, typename Function>
Result CallAuthor(const Function& function) {
  try {
    return function();
  } catch (const std::exception& thrown) {
    return Internal("the business function threw: {}", thrown.what());
  } catch (...) {
    return Internal("the business function threw something that is no std::exception");
  }
}

// Rolls back when destroyed, unless committed.
class Transaction final {
 public:
  explicit Transaction(sqlite3* db) : db_(db) {}
  ~Transaction() {
    // Some errors make SQLite roll back by itself.
    if (sqlite3_get_autocommit(db_) == 0) SqliteExecute(db_, "ROLLBACK").IgnoreError();
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // Takes the write lock at once: a transaction that begins by reading can lose it to another
  // later.
  absl::Status Begin() { return SqliteExecute(db_, "BEGIN IMMEDIATE"); }

  absl::Status Commit() {
    SKALD_RETURN_IF_ERROR(StillOpen());
    return SqliteExecute(db_, "COMMIT");
  }

  // Without this check a change would go on, in bits, outside of any transaction.
  absl::Status StillOpen() {
    if (sqlite3_get_autocommit(db_) == 0) return absl::OkStatus();
    return Internal("the business function ended its transaction: that is for the guard to do");
  }

 private:
  sqlite3* const db_;
};

class SqliteTransaction final : public GuardTransaction {
 public:
  SqliteTransaction(sqlite3* db, const SqliteGuard::UntypedChange& change)
      : db_(db), change_(change), transaction_(db) {}

  absl::Status Begin() { return transaction_.Begin(); }

  absl::StatusOr<bool> Claim(const GuardEntry& entry) override {
    SqliteStatement claim(db_, kClaim);
    claim.Bind(1, entry.key).Bind(2, entry.saga_id).Bind(3, static_cast<int64_t>(entry.kind));
    claim.Bind(4, static_cast<int64_t>(entry.code)).Bind(5, entry.message);
    claim.BindBlob(6, entry.reply).BindBlob(7, entry.request_digest);
    claim.Bind(8, entry.epoch).Bind(9, entry.created_us);
    SKALD_RETURN_IF_ERROR(claim.Run());
    return sqlite3_changes(db_) == 1;
  }

  absl::StatusOr<std::optional<GuardEntry>> Find(const std::string& key) override {
    SqliteStatement find(db_, kFind);
    find.Bind(1, key);
    SKALD_ASSIGN_OR_RETURN(const bool found, find.Step());
    if (!found) return std::optional<GuardEntry>();
    GuardEntry entry;
    entry.key = key;
    entry.saga_id = find.Text(0);
    entry.kind = static_cast<GuardEntry::Kind>(find.Int(1));
    entry.code = static_cast<absl::StatusCode>(find.Int(2));
    entry.message = find.Text(3);
    entry.reply = find.Blob(4);
    entry.request_digest = find.Blob(5);
    entry.epoch = find.Int(6);
    entry.created_us = find.Int(7);
    return std::optional<GuardEntry>(std::move(entry));
  }

  absl::StatusOr<int64_t> HighestEpoch(const std::string& saga_id) override {
    SqliteStatement highest(db_, kHighestEpoch);
    highest.Bind(1, saga_id);
    SKALD_ASSIGN_OR_RETURN(const bool row, highest.Step());
    return row ? highest.Int(0) : 0;
  }

  absl::Status Update(const GuardEntry& entry) override {
    SqliteStatement update(db_, kUpdate);
    update.Bind(1, entry.key).Bind(2, static_cast<int64_t>(entry.kind));
    update.Bind(3, static_cast<int64_t>(entry.code)).Bind(4, entry.message);
    update.BindBlob(5, entry.reply).Bind(6, entry.epoch);
    return update.Run();
  }

  Answer RunChange() override {
    SKALD_RETURN_IF_ERROR(SqliteExecute(db_, "SAVEPOINT skald_change"));
    Answer answer = CallAuthor<Answer>([this] { return change_(db_); });
    SKALD_RETURN_IF_ERROR(transaction_.StillOpen());
    if (!answer.status().ok()) {
      SKALD_RETURN_IF_ERROR(SqliteExecute(db_, "ROLLBACK TO skald_change"));
    }
    SKALD_RETURN_IF_ERROR(SqliteExecute(db_, "RELEASE skald_change"));
    return answer;
  }

  absl::Status Commit() override { return transaction_.Commit(); }

 private:
  sqlite3* const db_;
  const SqliteGuard::UntypedChange& change_;
  Transaction transaction_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteGuard>> SqliteGuard::Open(const std::string& path,
                                                               GuardOptions options) {
  sqlite3* db = nullptr;
  const int result = sqlite3_open_v2(
      path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  // SQLite returns a handle even when it fails, to be closed.
  std::unique_ptr<SqliteGuard> guard(new SqliteGuard(db, options));
  if (result != SQLITE_OK) return SqliteError(db, result, fmt::format("opening '{}'", path));
  SKALD_RETURN_IF_ERROR(guard->SetUp());
  return guard;
}

SqliteGuard::SqliteGuard(sqlite3* db, GuardOptions options)
    : fencing_(options.fencing), clock_(ClockOf(options)), db_(db) {}

SqliteGuard::~SqliteGuard() { sqlite3_close_v2(db_); }

absl::Status SqliteGuard::SetUp() {
  MutexLock lock(mutex_);
  sqlite3_busy_timeout(db_, kBusyMillis);
  SKALD_RETURN_IF_ERROR(SqliteExecute(db_, "PRAGMA journal_mode=WAL"));
  SKALD_RETURN_IF_ERROR(SqliteExecute(db_, "PRAGMA synchronous=FULL"));
  return SqliteExecute(db_, kSchema);
}

grpc::Status SqliteGuard::Run(grpc::ServerContextBase& context,
                              const google::protobuf::Message& request,
                              google::protobuf::Message* response, const Change& change) {
  return Run(context, request, response,
             ChangeOfCall([&](sqlite3* db, const CallInfo&) { return change(db); }));
}

grpc::Status SqliteGuard::Run(grpc::ServerContextBase& context,
                              const google::protobuf::Message& request,
                              google::protobuf::Message* response, const ChangeOfCall& change) {
  return RunMessages(context, request, response, [&](const GuardedCall& call) {
    return RunUntyped(call, [&](sqlite3* db) -> Answer {
      Answer answer = change(db, call.info);
      return answer.Succeeded() ? response->SerializeAsString() : answer;
    });
  });
}

Answer SqliteGuard::RunUntyped(const GuardedCall& call, const UntypedChange& change) {
  MutexLock lock(mutex_);
  SqliteTransaction transaction(db_, change);
  SKALD_RETURN_IF_ERROR(transaction.Begin());
  return Settle(transaction, call, fencing_, clock_.Now());
}

Answer SqliteGuard::Finish(const std::string& idempotency_key, google::protobuf::Message* response,
                           const Change& change) {
  return ParseReply(FinishUntyped(idempotency_key,
                                  [&](sqlite3* db) -> Answer {
                                    Answer answer = change(db);
                                    return answer.Succeeded() ? response->SerializeAsString()
                                                              : answer;
                                  }),
                    response);
}

Answer SqliteGuard::FinishUntyped(const std::string& idempotency_key, const UntypedChange& change) {
  MutexLock lock(mutex_);
  SqliteTransaction transaction(db_, change);
  SKALD_RETURN_IF_ERROR(transaction.Begin());
  return SettleLater(transaction, idempotency_key);
}

absl::Status SqliteGuard::InTransaction(const Body& body) {
  MutexLock lock(mutex_);
  Transaction transaction(db_);
  SKALD_RETURN_IF_ERROR(transaction.Begin());
  // The thread-safety analysis does not see that the function below is called under the lock.
  sqlite3* const db = db_;
  SKALD_RETURN_IF_ERROR(CallAuthor<absl::Status>([&] { return body(db); }));
  return transaction.Commit();
}

absl::StatusOr<int64_t> SqliteGuard::Forget(absl::Duration older_than, int at_most) {
  MutexLock lock(mutex_);
  SqliteStatement forget(db_, kForget);
  forget.Bind(1, ToMicros(clock_.Now() - older_than)).Bind(2, int64_t{at_most});
  SKALD_RETURN_IF_ERROR(forget.Run());
  return sqlite3_changes(db_);
}

absl::StatusOr<int64_t> SqliteGuard::ForgetSaga(const std::string& saga_id) {
  MutexLock lock(mutex_);
  SqliteStatement forget(db_, kForgetSaga);
  forget.Bind(1, saga_id);
  SKALD_RETURN_IF_ERROR(forget.Run());
  return sqlite3_changes(db_);
}

}  // namespace skald::participant
