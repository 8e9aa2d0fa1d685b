// All SQL of the SQLite store, each statement with the name that errors tell.
//
// The columns beside `record` are those that statements search or sort by; the record, a serialized
// message, is the truth.
#ifndef SKALD_STORAGE_SQLITE_SQL_H_
#define SKALD_STORAGE_SQLITE_SQL_H_

namespace skald::sqlite {

struct Sql {
  const char* name;
  const char* text;
};

// "SKLD": what `file` and we know a database of Skald by.
inline constexpr int kApplicationId = 0x534b4c44;

inline constexpr Sql kReadApplicationId = {"read_application_id", "PRAGMA application_id"};
inline constexpr Sql kReadSchemaVersion = {"read_schema_version", "PRAGMA user_version"};
inline constexpr Sql kCountObjects = {"count_objects", "SELECT count(*) FROM sqlite_master"};
inline constexpr Sql kUseWal = {"use_wal", "PRAGMA journal_mode = WAL"};
// FULL: a commit is on the disk when it returns. NORMAL would lose the newest in a power failure.
inline constexpr Sql kSyncFully = {"sync_fully", "PRAGMA synchronous = FULL"};
inline constexpr Sql kReadOnly = {"read_only", "PRAGMA query_only = TRUE"};

inline constexpr Sql kBeginWrite = {"begin_write", "BEGIN IMMEDIATE"};
inline constexpr Sql kBeginRead = {"begin_read", "BEGIN DEFERRED"};
inline constexpr Sql kCommit = {"commit", "COMMIT"};
inline constexpr Sql kRollback = {"rollback", "ROLLBACK"};

// What makes each schema version out of the one before; the first out of an empty file. None is
// edited after a release: add another one. Statuses 1, 3 and 5 are RUNNING, COMPENSATING
// and DEAD_LETTERED.
inline constexpr Sql kMigrations[] = {
    {"make_schema_1", R"sql(
  CREATE TABLE shards (
    shard INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL,
    owner TEXT NOT NULL,
    taken_us INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE sagas (
    id TEXT PRIMARY KEY NOT NULL,
    shard INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    definition TEXT NOT NULL,
    version INTEGER NOT NULL,
    status INTEGER NOT NULL,
    paused INTEGER NOT NULL,
    cause INTEGER NOT NULL,
    created_us INTEGER NOT NULL,
    finished_us INTEGER NOT NULL,
    due_us INTEGER NOT NULL,
    labels TEXT NOT NULL,
    record BLOB NOT NULL
  ) STRICT;
  CREATE INDEX sagas_unfinished ON sagas (shard, id) WHERE status IN (1, 3);
  CREATE INDEX sagas_created ON sagas (created_us, id);
  CREATE TABLE step_states (
    saga_id TEXT NOT NULL,
    path TEXT NOT NULL,
    position INTEGER NOT NULL,
    status INTEGER NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (saga_id, path)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE history (
    saga_id TEXT NOT NULL,
    first INTEGER NOT NULL,
    entries BLOB NOT NULL,
    PRIMARY KEY (saga_id, first)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE dead_letters (
    saga_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    definition TEXT NOT NULL,
    version INTEGER NOT NULL,
    step TEXT NOT NULL,
    cause INTEGER NOT NULL,
    created_us INTEGER NOT NULL,
    closed_us INTEGER NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (saga_id, number)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX dead_letters_created ON dead_letters (created_us, saga_id, number);
  CREATE INDEX dead_letters_open ON dead_letters (created_us, saga_id, number)
    WHERE closed_us = 0;
  CREATE TABLE audit (
    saga_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (saga_id, revision)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX audit_at ON audit (at_us, saga_id, revision);
)sql"},
    {"make_schema_2", R"sql(
  CREATE TABLE exclusive_keys (
    key TEXT PRIMARY KEY NOT NULL,
    holder TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE key_waiters (
    key TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    saga_id TEXT NOT NULL,
    PRIMARY KEY (key, created_us, saga_id)
  ) STRICT, WITHOUT ROWID;
)sql"},
    {"make_schema_3", R"sql(
  CREATE TABLE definitions (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (name, version)
  ) STRICT;
)sql"},
    {"make_schema_4", R"sql(
  ALTER TABLE sagas ADD COLUMN wakes_us INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX sagas_awake ON sagas (shard, id) WHERE status IN (1, 3) AND wakes_us = 0;
  DROP INDEX sagas_unfinished;
  CREATE INDEX sagas_due ON sagas (wakes_us, id) WHERE wakes_us > 0;
  CREATE INDEX sagas_counted ON sagas (definition, version, status) WHERE status IN (1, 3, 5);
)sql"},
};

inline constexpr Sql kCountShards = {"count_shards", "SELECT count(*) FROM shards"};
inline constexpr Sql kInsertShard = {
    "insert_shard", "INSERT INTO shards (shard, epoch, owner, taken_us) VALUES (?, 0, '', 0)"};
inline constexpr Sql kRaiseEpochs = {
    "raise_epochs", "UPDATE shards SET epoch = epoch + 1, owner = ?, taken_us = ?"};
inline constexpr Sql kReadEpochs = {"read_epochs", "SELECT epoch FROM shards ORDER BY shard"};

inline constexpr Sql kInsertSaga = {"insert_saga", R"sql(
  INSERT INTO sagas (id, shard, epoch, revision, definition, version, status, paused, cause,
                     created_us, finished_us, due_us, wakes_us, labels, record)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO NOTHING)sql"};
// What a saga is born with (shard, definition, creation time) is not written again: that would
// touch indexes for nothing.
inline constexpr Sql kUpdateSaga = {"update_saga", R"sql(
  UPDATE sagas SET epoch = ?, revision = ?, status = ?, paused = ?, cause = ?, finished_us = ?,
                   due_us = ?, wakes_us = ?, labels = ?, record = ?
  WHERE id = ? AND revision = ?)sql"};
inline constexpr Sql kPutStep = {"put_step", R"sql(
  INSERT INTO step_states (saga_id, path, position, status, record) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (saga_id, path) DO UPDATE
  SET position = excluded.position, status = excluded.status, record = excluded.record)sql"};
inline constexpr Sql kInsertHistory = {
    "insert_history", "INSERT INTO history (saga_id, first, entries) VALUES (?, ?, ?)"};
inline constexpr Sql kPutDeadLetter = {"put_dead_letter", R"sql(
  INSERT OR REPLACE INTO dead_letters
    (saga_id, number, definition, version, step, cause, created_us, closed_us, record)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?))sql"};
inline constexpr Sql kInsertAudit = {
    "insert_audit", "INSERT INTO audit (saga_id, revision, at_us, record) VALUES (?, ?, ?, ?)"};

inline constexpr Sql kInsertDefinition = {"insert_definition", R"sql(
  INSERT INTO definitions (name, version, record) VALUES (?, ?, ?)
  ON CONFLICT (name, version) DO NOTHING)sql"};

// Exclusive keys: ?1 is the key, ?2 the saga's id, ?3 when it was started.
inline constexpr Sql kMayTakeKey = {"may_take_key", R"sql(
  SELECT COALESCE(
    (SELECT holder = ?2 FROM exclusive_keys WHERE key = ?1),
    NOT EXISTS (SELECT 1 FROM key_waiters
                WHERE key = ?1 AND (created_us, saga_id) < (?3, ?2))))sql"};
inline constexpr Sql kHoldKey = {"hold_key", R"sql(
  INSERT INTO exclusive_keys (key, holder) VALUES (?1, ?2) ON CONFLICT (key) DO NOTHING)sql"};
inline constexpr Sql kLetKeyGo = {"let_key_go",
                                  "DELETE FROM exclusive_keys WHERE key = ?1 AND holder = ?2"};
inline constexpr Sql kWaitForKey = {"wait_for_key", R"sql(
  INSERT INTO key_waiters (key, created_us, saga_id)
  SELECT ?1, ?3, ?2 WHERE NOT EXISTS (SELECT 1 FROM exclusive_keys WHERE key = ?1 AND holder = ?2)
  ON CONFLICT DO NOTHING)sql"};
inline constexpr Sql kStopWaiting = {
    "stop_waiting", "DELETE FROM key_waiters WHERE key = ?1 AND created_us = ?3 AND saga_id = ?2"};
inline constexpr Sql kFindKey = {"find_key", R"sql(
  SELECT
    COALESCE((SELECT holder FROM exclusive_keys WHERE key = ?1), ''),
    COALESCE((SELECT saga_id FROM key_waiters WHERE key = ?1
              ORDER BY created_us, saga_id LIMIT 1), ''))sql"};

inline constexpr Sql kReadRevision = {"read_revision", "SELECT revision FROM sagas WHERE id = ?"};
inline constexpr Sql kReadSaga = {"read_saga", "SELECT record FROM sagas WHERE id = ?"};
inline constexpr Sql kReadSteps = {
    "read_steps", "SELECT record FROM step_states WHERE saga_id = ? ORDER BY position"};
inline constexpr Sql kReadUnfinished = {"read_unfinished", R"sql(
  SELECT record FROM sagas WHERE shard = ? AND id > ? AND status IN (1, 3) AND wakes_us = 0
  ORDER BY id LIMIT ?)sql"};
// INDEXED BY: with another plan it would be an error, not slow. ?1 is a JSON array of shards.
inline constexpr Sql kReadDue = {"read_due", R"sql(
  SELECT record FROM sagas INDEXED BY sagas_due
  WHERE wakes_us > 0 AND (wakes_us, id) > (?2, ?3) AND wakes_us <= ?4
    AND shard IN (SELECT value FROM json_each(?1))
  ORDER BY wakes_us, id LIMIT ?5)sql"};
inline constexpr Sql kCountSagas = {"count_sagas", R"sql(
  SELECT definition, version, status, count(*) FROM sagas INDEXED BY sagas_counted
  WHERE status IN (1, 3, 5)
  GROUP BY definition, version, status ORDER BY definition, version, status)sql"};
// From the row on that holds the entry after ?2: the last one that begins there or before.
inline constexpr Sql kReadHistory = {"read_history", R"sql(
  SELECT entries FROM history
  WHERE saga_id = ?1 AND first >= COALESCE(
    (SELECT max(first) FROM history WHERE saga_id = ?1 AND first <= ?2 + 1), 0)
  ORDER BY first)sql"};
inline constexpr Sql kReadDeadLetter = {
    "read_dead_letter", "SELECT record FROM dead_letters WHERE saga_id = ? AND number = ?"};
inline constexpr Sql kReadCurrentDeadLetter = {"read_current_dead_letter", R"sql(
  SELECT record FROM dead_letters WHERE saga_id = ?
  ORDER BY closed_us = 0 DESC, number DESC LIMIT 1)sql"};

inline constexpr Sql kListDefinitions = {"list_definitions",
                                         "SELECT record FROM definitions ORDER BY name, version"};

// Lists: ?1 to ?3 are the key of the page before, ?4 the limit; a filter's values follow as ?5...
// and its text takes the place of {}.
inline constexpr int kFirstFilterValue = 5;
inline constexpr Sql kListSagas = {"list_sagas", R"sql(
  SELECT record FROM sagas WHERE (created_us, id, 0) < (?1, ?2, ?3) AND {}
  ORDER BY created_us DESC, id DESC LIMIT ?4)sql"};
inline constexpr Sql kListDeadLetters = {"list_dead_letters", R"sql(
  SELECT record FROM dead_letters WHERE (created_us, saga_id, number) < (?1, ?2, ?3) AND {}
  ORDER BY created_us DESC, saga_id DESC, number DESC LIMIT ?4)sql"};
inline constexpr Sql kListAudit = {"list_audit", R"sql(
  SELECT record FROM audit WHERE (at_us, saga_id, revision) < (?1, ?2, ?3)
  ORDER BY at_us DESC, saga_id DESC, revision DESC LIMIT ?4)sql"};
inline constexpr Sql kListAuditOfSaga = {"list_audit_of_saga", R"sql(
  SELECT record FROM audit WHERE (at_us, saga_id, revision) < (?1, ?2, ?3) AND saga_id = ?5
  ORDER BY at_us DESC, revision DESC LIMIT ?4)sql"};

}  // namespace skald::sqlite

#endif  // SKALD_STORAGE_SQLITE_SQL_H_
