#include "storage/sqlite/connection.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/status.h"

namespace skald::sqlite {
namespace {

StatusCode CodeFor(int primary, int system_error) {
  switch (primary) {
    case SQLITE_FULL: return StatusCode::kResourceExhausted;
    case SQLITE_IOERR:
      // A full disk is SQLITE_FULL, but a full quota is not.
      return system_error == EDQUOT ? StatusCode::kResourceExhausted : StatusCode::kUnavailable;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM: return StatusCode::kUnavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return StatusCode::kDataLoss;
    default: return StatusCode::kInternal;
  }
}

int PrimaryCode(int code) { return code & 0xff; }

}  // namespace

Statement::Statement(Connection& connection, const char* name, sqlite3_stmt* statement, bool owned,
                     absl::Status status)
    : connection_(connection),
      name_(name),
      statement_(statement),
      owned_(owned),
      status_(std::move(status)) {}

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      name_(other.name_),
      statement_(std::exchange(other.statement_, nullptr)),
      owned_(other.owned_),
      bound_(other.bound_),
      status_(std::move(other.status_)) {}

Statement::~Statement() {
  if (owned_) {
    sqlite3_finalize(statement_);
    return;
  }
  // Both take null. What was bound is let go too: a kept statement must not hold a megabyte.
  sqlite3_reset(statement_);
  if (statement_ != nullptr) sqlite3_clear_bindings(statement_);
}

void Statement::Keep(int code) {
  if (code != SQLITE_OK && status_.ok()) status_ = connection_.ErrorFor(code, name_);
}

Statement& Statement::Bind(int64_t value) {
  if (status_.ok()) Keep(sqlite3_bind_int64(statement_, ++bound_, value));
  return *this;
}

Statement& Statement::Bind(std::string_view text) {
  // A null pointer would bind NULL.
  const char* const data = text.data() == nullptr ? "" : text.data();
  if (status_.ok()) {
    Keep(sqlite3_bind_text64(statement_, ++bound_, data, text.size(), SQLITE_TRANSIENT,
                             SQLITE_UTF8));
  }
  return *this;
}

Statement& Statement::BindBlob(std::string_view bytes) {
  const char* const data = bytes.data() == nullptr ? "" : bytes.data();
  if (status_.ok()) {
    Keep(sqlite3_bind_blob64(statement_, ++bound_, data, bytes.size(), SQLITE_TRANSIENT));
  }
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  SKALD_RETURN_IF_ERROR(status_);
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_.ErrorFor(code, name_);
}

absl::Status Statement::Run() {
  SKALD_ASSIGN_OR_RETURN(bool row, Step());
  while (row) {
    SKALD_ASSIGN_OR_RETURN(row, Step());
  }
  return absl::OkStatus();
}

int64_t Statement::Int(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Statement::Bytes(int column) const {
  const void* const data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<size_t>(size)};
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& path,
                                                             absl::Duration busy_timeout) {
  sqlite3* db = nullptr;
  // NOMUTEX: a connection is confined to one thread at a time.
  const int code = sqlite3_open_v2(path.c_str(), &db,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                                   /*zVfs=*/nullptr);
  if (db == nullptr) return Unavailable("{}: no memory to open it", path);
  std::unique_ptr<Connection> connection(new Connection(path, db));
  if (code != SQLITE_OK) return connection->ErrorFor(code, "open");
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, static_cast<int>(absl::ToInt64Milliseconds(busy_timeout)));
  return connection;
}

Connection::~Connection() {
  for (const auto& [text, statement] : kept_) sqlite3_finalize(statement);
  sqlite3_close_v2(db_);
}

Statement Connection::Prepare(const Sql& sql) {
  sqlite3_stmt*& statement = kept_[sql.text];
  absl::Status status;
  if (statement == nullptr) {
    const int code = sqlite3_prepare_v3(db_, sql.text, -1, SQLITE_PREPARE_PERSISTENT, &statement,
                                        /*pzTail=*/nullptr);
    if (code != SQLITE_OK) status = ErrorFor(code, sql.name);
  }
  return Statement(*this, sql.name, statement, /*owned=*/false, std::move(status));
}

Statement Connection::PrepareOnce(const Sql& sql, const std::string& text) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(db_, text.c_str(), -1, &statement, /*pzTail=*/nullptr);
  return Statement(*this, sql.name, statement, /*owned=*/true,
                   code == SQLITE_OK ? absl::OkStatus() : ErrorFor(code, sql.name));
}

absl::Status Connection::Execute(const Sql& sql) {
  const int code = sqlite3_exec(db_, sql.text, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : ErrorFor(code, sql.name);
}

absl::StatusOr<int64_t> Connection::ReadInt(const Sql& sql) {
  Statement statement = Prepare(sql);
  SKALD_ASSIGN_OR_RETURN(const bool row, statement.Step());
  if (!row) return Internal("{}: {}: no row", path_, sql.name);
  return statement.Int(0);
}

int64_t Connection::changes() const { return sqlite3_changes64(db_); }

bool Connection::InTransaction() const { return sqlite3_get_autocommit(db_) == 0; }

absl::Status Connection::ErrorFor(int code, const char* name) const {
  const int primary = PrimaryCode(code);
  // Only these come from the system; the number stays behind after others.
  const bool from_system =
      primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN || primary == SQLITE_FULL;
  const int system_error = from_system ? sqlite3_system_errno(db_) : 0;
  std::string text = fmt::format("{}: {}: {} (SQLite {})", path_, name, sqlite3_errmsg(db_), code);
  if (system_error != 0) text += fmt::format(": {}", std::strerror(system_error));
  return Status(CodeFor(primary, system_error), text);
}

Transaction::~Transaction() {
  // Some errors roll back by themselves. A rollback that fails has nothing to leave behind: without
  // its COMMIT the transaction is void.
  if (connection_.InTransaction()) connection_.Execute(kRollback).IgnoreError();
}

absl::Status Transaction::Begin(const Sql& sql) { return connection_.Prepare(sql).Run(); }

absl::Status Transaction::Commit() {
  const absl::Status status = connection_.Prepare(kCommit).Run();
  if (status.ok()) return status;
  // Busy: SQLite keeps the transaction open for another try, so it has written nothing.
  const bool open = connection_.InTransaction();
  if (open) connection_.Execute(kRollback).IgnoreError();
  // Full: the record that makes a commit valid is written last, and something did not fit.
  if (open || absl::IsResourceExhausted(status)) return status;
  // That record may stand in the log though its fsync failed: SQLite takes it back for this
  // process, but recovery after a crash would find it.
  return Status(StatusCode::kUnknown, status.message());
}

absl::Status WithoutDoubt(absl::Status status) {
  if (!absl::IsUnknown(status)) return status;
  return Status(StatusCode::kUnavailable, status.message());
}

}  // namespace skald::sqlite
