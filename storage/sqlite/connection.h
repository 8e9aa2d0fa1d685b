// A connection to a SQLite file, its prepared statements and its transactions, with errors as the
// store's interface wants them.
//
//   Transaction transaction(connection);
//   SKALD_RETURN_IF_ERROR(transaction.Begin(kBeginWrite));
//   SKALD_RETURN_IF_ERROR(connection.Prepare(kInsertShard).Bind(int64_t{7}).Run());
//   SKALD_RETURN_IF_ERROR(transaction.Commit());
//
// Threading: confined.
#ifndef SKALD_STORAGE_SQLITE_CONNECTION_H_
#define SKALD_STORAGE_SQLITE_CONNECTION_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/sqlite/sql.h"

struct sqlite3;
struct sqlite3_stmt;

namespace skald::sqlite {

class Connection;

// One execution of a prepared statement. Does not outlive its connection.
class Statement final {
 public:
  // `owned`: finalized, not kept, at the end.
  Statement(Connection& connection, const char* name, sqlite3_stmt* statement, bool owned,
            absl::Status status);
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;

  // Binds the next parameter; the bytes are copied. A failure is told by Step.
  Statement& Bind(int64_t value);
  Statement& Bind(std::string_view text);
  Statement& BindBlob(std::string_view bytes);

  // True: there is a row, read it with the functions below. False: it is done.
  absl::StatusOr<bool> Step();
  // For what returns no rows.
  absl::Status Run();

  // Of the row. The view is valid until the next Step.
  [[nodiscard]] int64_t Int(int column) const;
  [[nodiscard]] std::string_view Bytes(int column) const;

 private:
  void Keep(int code);

  Connection& connection_;
  const char* name_;
  sqlite3_stmt* statement_;
  bool owned_;
  int bound_ = 0;
  absl::Status status_;
};

class Connection final {
 public:
  // Makes the file where it is missing. UNAVAILABLE: it cannot be opened.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& path,
                                                          absl::Duration busy_timeout);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Prepared once, then kept. A failure is told by Step.
  Statement Prepare(const Sql& sql);
  // For SQL that is made up as it goes: `text` in place of sql.text, and not kept.
  Statement PrepareOnce(const Sql& sql, const std::string& text);
  // Runs statements without parameters, one or more.
  absl::Status Execute(const Sql& sql);
  // The number in the first column of the first row.
  absl::StatusOr<int64_t> ReadInt(const Sql& sql);

  // Rows that the last INSERT or UPDATE touched.
  [[nodiscard]] int64_t changes() const;
  [[nodiscard]] bool InTransaction() const;

  // What an SQLite error code, just returned, means to the store's callers.
  absl::Status ErrorFor(int code, const char* name) const;

 private:
  Connection(std::string path, sqlite3* db) : path_(std::move(path)), db_(db) {}

  const std::string path_;
  sqlite3* const db_;
  // By the address of the text: a Sql is a constant.
  std::map<const char*, sqlite3_stmt*> kept_;
};

// Rolled back unless it was committed.
class Transaction final {
 public:
  explicit Transaction(Connection& connection) : connection_(connection) {}
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  absl::Status Begin(const Sql& sql);
  // After an error nothing was done, but after UNKNOWN nobody knows.
  absl::Status Commit();

 private:
  Connection& connection_;
};

// For what may be done twice without harm: to its caller UNKNOWN is as good as UNAVAILABLE.
absl::Status WithoutDoubt(absl::Status status);

}  // namespace skald::sqlite

#endif  // SKALD_STORAGE_SQLITE_CONNECTION_H_
