#include "participant/sqlite_statement.h"

#include "base/status.h"

namespace skald::participant {

absl::Status SqliteError(sqlite3* db, int result, std::string_view doing) {
  const char* const why = db == nullptr ? sqlite3_errstr(result) : sqlite3_errmsg(db);
  switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Unavailable("sqlite is busy, {}: {}", doing, why);
    case SQLITE_FULL:
      return Error(absl::StatusCode::kResourceExhausted, "sqlite has no room, {}: {}", doing, why);
    default: return Internal("sqlite, {}: {}", doing, why);
  }
}

absl::Status SqliteExecute(sqlite3* db, const char* sql) {
  const int result = sqlite3_exec(db, sql, nullptr, nullptr, nullptr);
  return result == SQLITE_OK ? absl::OkStatus() : SqliteError(db, result, sql);
}

SqliteStatement::SqliteStatement(sqlite3* db, const char* sql) : db_(db), sql_(sql) {
  Note(sqlite3_prepare_v2(db, sql, -1, &statement_, nullptr));
}

SqliteStatement::~SqliteStatement() { sqlite3_finalize(statement_); }

void SqliteStatement::Note(int result) {
  if (result != SQLITE_OK && error_.ok()) error_ = SqliteError(db_, result, sql_);
}

SqliteStatement& SqliteStatement::Bind(int parameter, int64_t value) {
  if (error_.ok()) Note(sqlite3_bind_int64(statement_, parameter, value));
  return *this;
}

SqliteStatement& SqliteStatement::Bind(int parameter, std::string_view text) {
  if (error_.ok()) {
    Note(sqlite3_bind_text(statement_, parameter, text.data() == nullptr ? "" : text.data(),
                           static_cast<int>(text.size()), SQLITE_TRANSIENT));
  }
  return *this;
}

SqliteStatement& SqliteStatement::BindBlob(int parameter, std::string_view bytes) {
  if (error_.ok()) {
    // A null pointer would bind NULL, not the empty blob.
    Note(sqlite3_bind_blob(statement_, parameter, bytes.data() == nullptr ? "" : bytes.data(),
                           static_cast<int>(bytes.size()), SQLITE_TRANSIENT));
  }
  return *this;
}

absl::StatusOr<bool> SqliteStatement::Step() {
  if (!error_.ok()) return error_;
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return SqliteError(db_, result, sql_);
}

absl::Status SqliteStatement::Run() {
  while (true) {
    SKALD_ASSIGN_OR_RETURN(const bool row, Step());
    if (!row) return absl::OkStatus();
  }
}

int64_t SqliteStatement::Int(int column) const { return sqlite3_column_int64(statement_, column); }

std::string SqliteStatement::Text(int column) const { return Blob(column); }

std::string SqliteStatement::Blob(int column) const {
  const void* const bytes = sqlite3_column_blob(statement_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes),
          static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

}  // namespace skald::participant
