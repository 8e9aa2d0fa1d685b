// A prepared statement of SQLite with absl::Status in place of result codes. Made for business
// functions, which get a bare sqlite3*:
//
//   SqliteStatement take(db, "UPDATE stock SET on_hand = on_hand - ?1 WHERE sku = ?2");
//   take.Bind(1, quantity).Bind(2, sku);
//   SKALD_RETURN_IF_ERROR(take.Run());
//
// Confined to the thread that has the connection.
#ifndef SKALD_PARTICIPANT_SQLITE_STATEMENT_H_
#define SKALD_PARTICIPANT_SQLITE_STATEMENT_H_

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace skald::participant {

// UNAVAILABLE: the database was busy. RESOURCE_EXHAUSTED: no room. INTERNAL: anything else. Never a
// code that counts as a rejection: a broken store is no answer of the business.
absl::Status SqliteError(sqlite3* db, int result, std::string_view doing);

// Runs statements that take no values and whose rows nobody wants.
absl::Status SqliteExecute(sqlite3* db, const char* sql);

class SqliteStatement final {
 public:
  // Errors show at the first Step or Run.
  SqliteStatement(sqlite3* db, const char* sql);
  ~SqliteStatement();
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;

  // Parameters count from 1. The text is copied.
  SqliteStatement& Bind(int parameter, int64_t value);
  SqliteStatement& Bind(int parameter, std::string_view text);
  SqliteStatement& BindBlob(int parameter, std::string_view bytes);

  // True: there is a row, to be read by Int, Text and Blob. False: there are no more.
  absl::StatusOr<bool> Step();
  // Steps to the end.
  absl::Status Run();

  // Columns of the row, from 0.
  [[nodiscard]] int64_t Int(int column) const;
  [[nodiscard]] std::string Text(int column) const;
  [[nodiscard]] std::string Blob(int column) const;

 private:
  void Note(int result);

  sqlite3* const db_;
  const char* const sql_;
  sqlite3_stmt* statement_ = nullptr;
  absl::Status error_;
};

}  // namespace skald::participant

#endif  // SKALD_PARTICIPANT_SQLITE_STATEMENT_H_
