// All SQL of the PostgreSQL store, each statement named. README.md tells the tables and the locks.
//
// Array parameters have the first placeholders, single values those behind them (see Parameters).
// A filter's conditions are put where {} stands. An enum number in a statement is that of the
// proto: 1, 3 and 5 are RUNNING, COMPENSATING and DEAD_LETTERED.
//
// Threading: immutable.
#ifndef SKALD_STORAGE_POSTGRES_SQL_H_
#define SKALD_STORAGE_POSTGRES_SQL_H_

namespace skald::postgres {

struct Statement {
  const char* name;
  const char* text;
};

// The whole of a commit: one statement that commits itself, so one round trip and one fsync,
// however many sagas it is about. It answers with the changes that were NOT stored: place in the
// arrays (from 1), whether the shard's epoch was right, revision.
//
// `owned` waits for whoever takes these shards just now, and makes whoever comes later wait: FOR
// SHARE returns the row as it is once the lock is held, not as the statement's snapshot has it.
// `(x IN (SELECT ...)) IS TRUE` is not `x IN (SELECT ...)`: the planner cannot turn it into a join,
// and looks x up in a hash of the subquery whatever it believes about sizes.
inline constexpr Statement kCommit = {"commit", R"sql(
WITH input AS MATERIALIZED (
  SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[],
                       $7::smallint[], $8::bool[], $9::smallint[], $10::bigint[], $11::bigint[],
                       $12::bigint[], $13::text[], $14::bytea[], $15::bigint[], $16::bytea[],
                       $17::bigint[])
  WITH ORDINALITY AS input(id, shard, epoch, revision, definition, version, status, paused, cause,
                           created_us, finished_us, due_us, labels, record, first, entries,
                           wakes_us, place)
), owned AS MATERIALIZED (
  SELECT shard, epoch FROM shards WHERE shard = ANY($2::int[]) ORDER BY shard FOR SHARE
), admitted AS MATERIALIZED (
  SELECT * FROM input WHERE ((shard, epoch) IN (SELECT shard, epoch FROM owned)) IS TRUE
), inserted AS (
  INSERT INTO sagas (id, shard, epoch, revision, definition, version, status, paused, cause,
                     created_us, finished_us, due_us, labels, record, wakes_us)
  SELECT id, shard, epoch, revision, definition, version, status, paused, cause, created_us,
         finished_us, due_us, labels::jsonb, record, wakes_us
  FROM admitted WHERE revision = 1
  ON CONFLICT (id) DO NOTHING
  RETURNING id
), updated AS (
  UPDATE sagas SET
    shard = a.shard, epoch = a.epoch, revision = a.revision, definition = a.definition,
    version = a.version, status = a.status, paused = a.paused, cause = a.cause,
    created_us = a.created_us, finished_us = a.finished_us, due_us = a.due_us,
    labels = a.labels::jsonb, record = a.record, wakes_us = a.wakes_us
  FROM admitted a
  WHERE sagas.id = a.id AND sagas.revision = a.revision - 1 AND sagas.epoch <= a.epoch
    AND a.revision > 1
  RETURNING sagas.id
), stored AS MATERIALIZED (
  SELECT id FROM inserted UNION ALL SELECT id FROM updated
), put_history AS (
  INSERT INTO history (saga_id, first, entries)
  SELECT id, first, entries FROM input
  WHERE first > 0 AND (id IN (SELECT id FROM stored)) IS TRUE
), put_steps AS (
  INSERT INTO step_states (saga_id, path, position, status, record)
  SELECT * FROM unnest($18::text[], $19::text[], $20::int[], $21::smallint[], $22::bytea[])
    AS step(saga_id, path, position, status, record)
  WHERE (saga_id IN (SELECT id FROM stored)) IS TRUE
  ON CONFLICT (saga_id, path) DO UPDATE SET
    position = excluded.position, status = excluded.status, record = excluded.record
), put_dead_letters AS (
  INSERT INTO dead_letters (saga_id, number, definition, version, step, cause, created_us,
                            closed_us, record)
  SELECT * FROM unnest($23::text[], $24::int[], $25::text[], $26::bigint[], $27::text[],
                       $28::smallint[], $29::bigint[], $30::bigint[], $31::bytea[])
    AS letter(saga_id, number, definition, version, step, cause, created_us, closed_us, record)
  WHERE (saga_id IN (SELECT id FROM stored)) IS TRUE
  ON CONFLICT (saga_id, number) DO UPDATE SET
    definition = excluded.definition, version = excluded.version, step = excluded.step,
    cause = excluded.cause, created_us = excluded.created_us, closed_us = excluded.closed_us,
    record = excluded.record
), put_audit AS (
  INSERT INTO audit (saga_id, revision, at_us, record)
  SELECT * FROM unnest($32::text[], $33::bigint[], $34::bigint[], $35::bytea[])
    AS entry(saga_id, revision, at_us, record)
  WHERE (saga_id IN (SELECT id FROM stored)) IS TRUE
)
SELECT place, ((shard, epoch) IN (SELECT shard, epoch FROM owned)) IS TRUE, revision
FROM input WHERE (id IN (SELECT id FROM stored)) IS NOT TRUE)sql"};

// A commit with claims of exclusive keys is a transaction of several statements: these, in this
// order, then kCommit for what was not refused its key.
//
// Makes and locks the rows of the keys: DO UPDATE locks a row whether or not its WHERE lets it
// write, and where the row was deleted while we waited for it, makes it anew.
inline constexpr Statement kLockKeys = {"lock_keys", R"sql(
INSERT INTO exclusive_keys (key, holder)
SELECT key, '' FROM unnest($1::text[]) AS wanted(key) ORDER BY key COLLATE "C"
ON CONFLICT (key) DO UPDATE SET holder = excluded.holder WHERE false)sql"};
// What kCommit will answer, and the locks that see to it that it does: of all but new sagas, which
// have no row to lock.
inline constexpr Statement kForesee = {"foresee", R"sql(
WITH input AS MATERIALIZED (
  SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[])
  WITH ORDINALITY AS input(id, shard, epoch, revision, place)
), owned AS MATERIALIZED (
  SELECT shard, epoch FROM shards WHERE shard = ANY($2::int[]) ORDER BY shard FOR SHARE
), admitted AS MATERIALIZED (
  SELECT * FROM input WHERE ((shard, epoch) IN (SELECT shard, epoch FROM owned)) IS TRUE
), there AS MATERIALIZED (
  SELECT id, revision, epoch FROM sagas
  WHERE id = ANY(ARRAY(SELECT id FROM admitted)) ORDER BY id FOR NO KEY UPDATE
), fitting AS MATERIALIZED (
  SELECT a.id FROM admitted a LEFT JOIN there t ON t.id = a.id
  WHERE CASE WHEN a.revision = 1 THEN t.id IS NULL
             ELSE t.revision = a.revision - 1 AND t.epoch <= a.epoch END
)
SELECT place, ((shard, epoch) IN (SELECT shard, epoch FROM owned)) IS TRUE, revision
FROM input WHERE (id IN (SELECT id FROM fitting)) IS NOT TRUE)sql"};
// Keys, and how many of its waiters are wanted of each. Without waiters there is one row for a key,
// whose waiter is ''.
inline constexpr Statement kReadKeys = {"read_keys", R"sql(
SELECT held.key, held.holder, COALESCE(waiter.created_us, 0), COALESCE(waiter.saga_id, '')
FROM unnest($1::text[], $2::bigint[]) AS wanted(key, waiters)
JOIN exclusive_keys held ON held.key = wanted.key
LEFT JOIN LATERAL (
  SELECT created_us, saga_id FROM key_waiters
  WHERE key_waiters.key = held.key
  ORDER BY created_us, saga_id LIMIT wanted.waiters
) waiter ON true)sql"};
// Holders, keys that nobody holds or waits for, waiters that come and that go.
inline constexpr Statement kWriteKeys = {"write_keys", R"sql(
WITH held AS (
  UPDATE exclusive_keys SET holder = new.holder
  FROM unnest($1::text[], $2::text[]) AS new(key, holder) WHERE exclusive_keys.key = new.key
), dropped AS (
  DELETE FROM exclusive_keys WHERE key = ANY($3::text[])
), come AS (
  INSERT INTO key_waiters (key, created_us, saga_id)
  SELECT * FROM unnest($4::text[], $5::bigint[], $6::text[])
  ON CONFLICT DO NOTHING
), gone AS (
  DELETE FROM key_waiters USING unnest($7::text[], $8::bigint[], $9::text[])
    AS old(key, created_us, saga_id)
  WHERE key_waiters.key = old.key AND key_waiters.created_us = old.created_us
    AND key_waiters.saga_id = old.saga_id
)
SELECT 1)sql"};

// Definitions that changes brought along, in the transaction of their commit: by name and version,
// so that two commits at once wait for each other and never both ways.
inline constexpr Statement kPutDefinitions = {"put_definitions", R"sql(
INSERT INTO definitions (name, version, record)
SELECT name, version, record
FROM unnest($1::text[], $2::int[], $3::bytea[]) AS new(name, version, record)
ORDER BY name COLLATE "C", version
ON CONFLICT (name, version) DO NOTHING)sql"};
inline constexpr Statement kListDefinitions = {
    "list_definitions", "SELECT record FROM definitions ORDER BY name, version"};

inline constexpr Statement kFindKey = {"find_key", R"sql(
SELECT holder, COALESCE((SELECT saga_id FROM key_waiters WHERE key_waiters.key = held.key
                         ORDER BY created_us, saga_id LIMIT 1), '')
FROM exclusive_keys held WHERE key = $1::text)sql"};

// Sagas and their steps of one snapshot: saga id, -1 or the step's position, record.
inline constexpr Statement kLoad = {"load", R"sql(
WITH chosen AS MATERIALIZED (SELECT id, record FROM sagas WHERE id = ANY($1::text[]))
SELECT id, -1 AS position, record FROM chosen
UNION ALL
SELECT step.saga_id, step.position, step.record
FROM chosen JOIN step_states step ON step.saga_id = chosen.id
ORDER BY 1, 2)sql"};

// The same of the sagas that the engine must drive now. Shard, id to start after, limit.
inline constexpr Statement kLoadUnfinished = {"load_unfinished", R"sql(
WITH chosen AS MATERIALIZED (
  SELECT id, record FROM sagas
  WHERE shard = $1::int AND status IN (1, 3) AND wakes_us = 0 AND id > $2::text
  ORDER BY id LIMIT $3::bigint)
SELECT id, -1 AS position, record FROM chosen
UNION ALL
SELECT step.saga_id, step.position, step.record
FROM chosen JOIN step_states step ON step.saga_id = chosen.id
ORDER BY 1, 2)sql"};

// The same of the sagas that sleep and are due. Shards; the time and id to start after, the last
// time, limit.
inline constexpr Statement kLoadDue = {"load_due", R"sql(
WITH chosen AS MATERIALIZED (
  SELECT id, record, wakes_us FROM sagas
  WHERE wakes_us > 0 AND (wakes_us, id) > ($2::bigint, $3::text) AND wakes_us <= $4::bigint
    AND shard = ANY($1::int[])
  ORDER BY wakes_us, id LIMIT $5::bigint)
SELECT id, -1 AS position, record, wakes_us FROM chosen
UNION ALL
SELECT step.saga_id, step.position, step.record, chosen.wakes_us
FROM chosen JOIN step_states step ON step.saga_id = chosen.id
ORDER BY 4, 1, 2)sql"};

inline constexpr Statement kCountSagas = {"count_sagas", R"sql(
SELECT definition, version, status, count(*) FROM sagas WHERE status IN (1, 3, 5)
GROUP BY definition, version, status ORDER BY definition, version, status)sql"};

// The lists: the key of the page before (time, saga id, and number where a saga can have several),
// limit, then the filter's values.
inline constexpr Statement kListSagas = {"list_sagas", R"sql(
SELECT record FROM sagas
WHERE (created_us, id) < ($1::bigint, $2::text) AND {}
ORDER BY created_us DESC, id DESC LIMIT $3::bigint)sql"};

inline constexpr Statement kListDeadLetters = {"list_dead_letters", R"sql(
SELECT record FROM dead_letters
WHERE (created_us, saga_id, number) < ($1::bigint, $2::text, $3::bigint) AND {}
ORDER BY created_us DESC, saga_id DESC, number DESC LIMIT $4::bigint)sql"};

inline constexpr Statement kListAudit = {"list_audit", R"sql(
SELECT record FROM audit
WHERE (at_us, saga_id, revision) < ($1::bigint, $2::text, $3::bigint)
ORDER BY at_us DESC, saga_id DESC, revision DESC LIMIT $4::bigint)sql"};

inline constexpr Statement kListAuditOfSaga = {"list_audit_of_saga", R"sql(
SELECT record FROM audit
WHERE (at_us, saga_id, revision) < ($1::bigint, $2::text, $3::bigint) AND saga_id = $5::text
ORDER BY at_us DESC, saga_id DESC, revision DESC LIMIT $4::bigint)sql"};

// A row holds the entries of one transition: the first row wanted may begin before the first entry
// wanted. Saga id, number to start after, limit.
inline constexpr Statement kListHistory = {"list_history", R"sql(
SELECT entries FROM history
WHERE saga_id = $1::text AND first >= COALESCE(
  (SELECT max(first) FROM history WHERE saga_id = $1::text AND first <= $2::bigint), 0)
ORDER BY first LIMIT $3::bigint + 1)sql"};

// The letter of this number; with 0 the open one, or else the newest. Saga id, number.
inline constexpr Statement kGetDeadLetter = {"get_dead_letter", R"sql(
SELECT record FROM dead_letters
WHERE saga_id = $1::text AND ($2::int = 0 OR number = $2::int)
ORDER BY closed_us = 0 DESC, number DESC LIMIT 1)sql"};

inline constexpr Statement kCheck = {"check", "SELECT current_setting('transaction_read_only')"};

// Taking the shards: in one transaction, in this order. The locks are taken in the order of
// kCommit.
inline constexpr Statement kLockTaking = {
    "lock_taking", "SELECT pg_advisory_xact_lock(hashtext('skald'), hashtext('take_shards'))"};
inline constexpr Statement kLockShards = {
    "lock_shards", "SELECT shard FROM shards ORDER BY shard FOR NO KEY UPDATE"};
inline constexpr Statement kMakeShards = {"make_shards", R"sql(
INSERT INTO shards (shard, epoch, owner, taken_at)
SELECT n, 0, '', now() FROM generate_series(0, $1::int - 1) AS n)sql"};
inline constexpr Statement kTakeShards = {"take_shards", R"sql(
UPDATE shards SET epoch = epoch + 1, owner = $1::text, taken_at = now()
RETURNING shard, epoch)sql"};

// Migrations.
inline constexpr Statement kLockSchema = {
    "lock_schema", "SELECT pg_advisory_xact_lock(hashtext('skald'), hashtext('schema'))"};
// Not to_regclass: it may still know from before the wait for the lock that there is no such table.
inline constexpr Statement kFindSchema = {"find_schema", R"sql(
SELECT EXISTS (
  SELECT FROM pg_class WHERE relname = 'skald_schema' AND pg_table_is_visible(oid)))sql"};
inline constexpr Statement kMakeSchema = {"make_schema", R"sql(
CREATE TABLE skald_schema (version int PRIMARY KEY, applied_at timestamptz NOT NULL))sql"};
inline constexpr Statement kSchemaVersion = {"schema_version",
                                             "SELECT COALESCE(max(version), 0) FROM skald_schema"};
inline constexpr Statement kAddSchemaVersion = {
    "add_schema_version", "INSERT INTO skald_schema (version, applied_at) VALUES ($1::int, now())"};

// Each runs once, in its own transaction, and is never edited after a release: add another one.
inline constexpr const char* kMigrations[] = {
    R"sql(
CREATE TABLE shards (
  shard int PRIMARY KEY,
  epoch bigint NOT NULL,
  owner text NOT NULL,
  taken_at timestamptz NOT NULL
);

CREATE TABLE sagas (
  id text COLLATE "C" PRIMARY KEY,
  shard int NOT NULL,
  epoch bigint NOT NULL,
  revision bigint NOT NULL,
  definition text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  status smallint NOT NULL,
  paused bool NOT NULL,
  cause smallint NOT NULL,
  created_us bigint NOT NULL,
  finished_us bigint NOT NULL,
  due_us bigint NOT NULL,
  labels jsonb NOT NULL,
  record bytea NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX sagas_unfinished ON sagas (shard, id) WHERE status IN (1, 3);
CREATE INDEX sagas_newest ON sagas (created_us DESC, id DESC);

CREATE TABLE step_states (
  saga_id text COLLATE "C" NOT NULL,
  path text COLLATE "C" NOT NULL,
  position int NOT NULL,
  status smallint NOT NULL,
  record bytea NOT NULL,
  PRIMARY KEY (saga_id, path)
) WITH (fillfactor = 70);

CREATE TABLE history (
  saga_id text COLLATE "C" NOT NULL,
  first bigint NOT NULL,
  entries bytea NOT NULL,
  PRIMARY KEY (saga_id, first)
);

CREATE TABLE dead_letters (
  saga_id text COLLATE "C" NOT NULL,
  number int NOT NULL,
  definition text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  step text COLLATE "C" NOT NULL,
  cause smallint NOT NULL,
  created_us bigint NOT NULL,
  closed_us bigint NOT NULL,
  record bytea NOT NULL,
  PRIMARY KEY (saga_id, number)
);
CREATE INDEX dead_letters_newest ON dead_letters (created_us DESC, saga_id DESC, number DESC);
CREATE INDEX dead_letters_open ON dead_letters (created_us DESC, saga_id DESC, number DESC)
  WHERE closed_us = 0;

CREATE TABLE audit (
  saga_id text COLLATE "C" NOT NULL,
  revision bigint NOT NULL,
  at_us bigint NOT NULL,
  record bytea NOT NULL,
  PRIMARY KEY (saga_id, revision)
);
CREATE INDEX audit_newest ON audit (at_us DESC, saga_id DESC, revision DESC);
)sql",
    R"sql(
CREATE TABLE exclusive_keys (
  key text COLLATE "C" PRIMARY KEY,
  holder text COLLATE "C" NOT NULL
);

CREATE TABLE key_waiters (
  key text COLLATE "C" NOT NULL,
  created_us bigint NOT NULL,
  saga_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (key, created_us, saga_id)
);
)sql",
    R"sql(
CREATE TABLE definitions (
  name text COLLATE "C" NOT NULL,
  version int NOT NULL,
  record bytea NOT NULL,
  PRIMARY KEY (name, version)
);
)sql",
    // An index takes its time on a large table. The default lets nodes of an older release go on.
    R"sql(
SET LOCAL statement_timeout = 0;
ALTER TABLE sagas ADD COLUMN wakes_us bigint NOT NULL DEFAULT 0;
CREATE INDEX sagas_awake ON sagas (shard, id) WHERE status IN (1, 3) AND wakes_us = 0;
DROP INDEX sagas_unfinished;
CREATE INDEX sagas_due ON sagas (wakes_us, id) WHERE wakes_us > 0;
CREATE INDEX sagas_counted ON sagas (definition, version, status) WHERE status IN (1, 3, 5);
)sql",
};

}  // namespace skald::postgres

#endif  // SKALD_STORAGE_POSTGRES_SQL_H_
