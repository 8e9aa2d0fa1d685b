#include "examples/shared/journal.h"

#include "participant/sqlite_statement.h"

namespace demo {

absl::Status CreateJournal(sqlite3* db) {
  // The key is not unique here on purpose: if the guard let an effect through twice, the checker is
  // to see it.
  return skald::participant::SqliteExecute(db, R"(
CREATE TABLE IF NOT EXISTS journal (
  entry INTEGER PRIMARY KEY,
  key TEXT NOT NULL,
  saga_id TEXT NOT NULL,
  effect TEXT NOT NULL,
  subject TEXT NOT NULL,
  amount INTEGER NOT NULL
))");
}

absl::Status WriteJournal(sqlite3* db, const skald::participant::CallInfo& call,
                          std::string_view effect, std::string_view subject, int64_t amount) {
  skald::participant::SqliteStatement insert(
      db,
      "INSERT INTO journal (key, saga_id, effect, subject, amount) "
      "VALUES (?1, ?2, ?3, ?4, ?5)");
  insert.Bind(1, call.idempotency_key).Bind(2, call.saga_id).Bind(3, effect);
  insert.Bind(4, subject).Bind(5, amount);
  return insert.Run();
}

}  // namespace demo
