#include "storage/sqlite/sqlite_store.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/status.h"
#include "storage/exclusive_key.h"
#include "storage/filter_sql.h"
#include "storage/page_token.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/exclusive_keys.h"
#include "storage/sqlite/file_lock.h"
#include "storage/sqlite/reader_pool.h"
#include "storage/sqlite/schema.h"
#include "storage/sqlite/writer.h"

namespace skald {
namespace {

using sqlite::Connection;
using sqlite::FileLock;
using sqlite::ReaderPool;
using sqlite::Sql;
using sqlite::Statement;
using sqlite::Transaction;

constexpr int kReaders = 4;

PageKey KeyOf(const v1::SagaRecord& saga) { return {saga.created_us(), saga.id(), 0}; }

PageKey KeyOf(const v1::DeadLetterRecord& letter) {
  return {letter.created_us(), letter.saga_id(), letter.number()};
}

PageKey KeyOf(const v1::AuditRecord& row) { return {row.at_us(), row.saga_id(), row.revision()}; }

template <typename T>
Status ParseRow(const Statement& statement, const Sql& sql, T& message) {
  const std::string_view bytes = statement.Bytes(0);
  if (message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return absl::OkStatus();
  return Status(StatusCode::kDataLoss, fmt::format("{}: a row does not parse", sql.name));
}

Status ReadSteps(Connection& connection, v1::SagaRecord& saga) {
  Statement steps = connection.Prepare(sqlite::kReadSteps);
  steps.Bind(saga.id());
  while (true) {
    SKALD_ASSIGN_OR_RETURN(const bool row, steps.Step());
    if (!row) return absl::OkStatus();
    SKALD_RETURN_IF_ERROR(ParseRow(steps, sqlite::kReadSteps, *saga.add_steps()));
  }
}

// All rows of `statement`, each a message.
template <typename T>
StatusOr<std::vector<T>> ReadRows(Statement& statement, const Sql& sql) {
  std::vector<T> rows;
  while (true) {
    SKALD_ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) return rows;
    SKALD_RETURN_IF_ERROR(ParseRow(statement, sql, rows.emplace_back()));
  }
}

// The sagas that `statement` chooses, with their steps.
StatusOr<std::vector<v1::SagaRecord>> ReadSagas(Connection& connection, Statement& statement,
                                                const Sql& sql) {
  SKALD_ASSIGN_OR_RETURN(std::vector<v1::SagaRecord> sagas,
                         ReadRows<v1::SagaRecord>(statement, sql));
  for (v1::SagaRecord& saga : sagas) SKALD_RETURN_IF_ERROR(ReadSteps(connection, saga));
  return sagas;
}

// Binds a list's key and limit, ?1 to ?4. One row more than is asked for tells whether there is a
// next page.
void BindPage(Statement& statement, const PageKey& after, int size) {
  statement.Bind(after.time_us).Bind(after.saga_id).Bind(after.number).Bind(int64_t{size} + 1);
}

template <typename T>
StatusOr<Page<T>> ReadPage(Statement& statement, const Sql& sql, int size) {
  Page<T> page;
  SKALD_ASSIGN_OR_RETURN(page.items, ReadRows<T>(statement, sql));
  if (page.items.size() > static_cast<size_t>(size)) {
    page.items.pop_back();
    if (!page.items.empty()) page.next = ToPageToken(KeyOf(page.items.back()));
  }
  return page;
}

template <typename T>
StatusOr<Page<T>> ReadFiltered(Connection& connection, const Sql& sql, const Filter& filter,
                               FilterSubject subject, const PageRequest& request) {
  SKALD_ASSIGN_OR_RETURN(const PageKey after, FromPageToken(request.after));
  const FilterSql where = ToSql(filter, subject, kSqliteDialect, sqlite::kFirstFilterValue);
  Statement statement =
      connection.PrepareOnce(sql, fmt::format(fmt::runtime(sql.text), where.text));
  BindPage(statement, after, request.size);
  for (const SqlValue& value : where.values) {
    if (const auto* text = std::get_if<std::string>(&value)) {
      statement.Bind(*text);
    } else if (const auto* truth = std::get_if<bool>(&value)) {
      statement.Bind(int64_t{*truth});
    } else {
      statement.Bind(std::get<int64_t>(value));
    }
  }
  return ReadPage<T>(statement, sql, request.size);
}

StatusOr<std::vector<int64_t>> ReadEpochs(Connection& connection) {
  std::vector<int64_t> epochs;
  Statement statement = connection.Prepare(sqlite::kReadEpochs);
  while (true) {
    SKALD_ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) return epochs;
    epochs.push_back(statement.Int(0));
  }
}

// Which file a path names.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;

  friend bool operator==(const FileIdentity& a, const FileIdentity& b) {
    return a.device == b.device && a.inode == b.inode;
  }
};

StatusOr<FileIdentity> IdentityOf(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) return Unavailable("{}: {}", path, std::strerror(errno));
  return FileIdentity{status.st_dev, status.st_ino};
}

class SqliteStore final : public Store {
 public:
  // Without a lock and a writer it only reads.
  SqliteStore(std::string path, FileIdentity file, std::optional<FileLock> lock,
              std::unique_ptr<Connection> writer, std::vector<std::unique_ptr<Connection>> readers)
      : path_(std::move(path)),
        file_(file),
        lock_(std::move(lock)),
        writer_(std::move(writer)),
        readers_(std::move(readers)) {}

  absl::StatusOr<std::vector<int64_t>> TakeShards(int shards, std::string_view owner) override;
  absl::StatusOr<std::vector<ChangeResult>> Commit(std::span<const Change> changes) override;
  absl::StatusOr<std::vector<v1::SagaRecord>> Load(std::span<const std::string> ids) override;
  absl::StatusOr<std::vector<v1::SagaRecord>> LoadUnfinished(int shard, std::string_view after_id,
                                                             int limit) override;
  absl::StatusOr<std::vector<v1::SagaRecord>> LoadDue(std::span<const int> shards,
                                                      const DuePlace& after, int64_t before_us,
                                                      int limit) override;
  absl::StatusOr<std::vector<DefinitionCount>> CountSagas() override;
  absl::StatusOr<KeyHolder> FindKey(std::string_view key) override;
  absl::StatusOr<Page<v1::SagaRecord>> ListSagas(const Filter& filter,
                                                 const PageRequest& page) override;
  absl::StatusOr<std::vector<v1::HistoryEntry>> ListHistory(std::string_view saga_id, int64_t after,
                                                            int limit) override;
  absl::StatusOr<Page<v1::DeadLetterRecord>> ListDeadLetters(const Filter& filter,
                                                             const PageRequest& page) override;
  absl::StatusOr<v1::DeadLetterRecord> GetDeadLetter(std::string_view saga_id, int number) override;
  absl::StatusOr<Page<v1::AuditRecord>> ListAudit(std::string_view saga_id,
                                                  const PageRequest& page) override;
  absl::StatusOr<std::vector<v1::DefinitionRecord>> ListDefinitions() override;
  absl::Status Check() override;

 private:
  Status OnlyReads() const { return FailedPrecondition("{} was opened to be read only", path_); }

  const std::string path_;
  const FileIdentity file_;
  // Let go last, after the connections have been closed.
  const std::optional<FileLock> lock_;
  Mutex write_mutex_;
  const std::unique_ptr<Connection> writer_ SKALD_GUARDED_BY(write_mutex_);
  ReaderPool readers_;
};

absl::StatusOr<std::vector<int64_t>> SqliteStore::TakeShards(int shards, std::string_view owner) {
  MutexLock lock(write_mutex_);
  if (writer_ == nullptr) return OnlyReads();
  Transaction transaction(*writer_);
  SKALD_RETURN_IF_ERROR(transaction.Begin(sqlite::kBeginWrite));
  SKALD_ASSIGN_OR_RETURN(const int64_t existing, writer_->ReadInt(sqlite::kCountShards));
  if (existing != 0 && existing != shards) {
    return FailedPrecondition("{} was made with {} shards, not {}: the number stays as it is",
                              path_, existing, shards);
  }
  for (int64_t shard = existing; shard < shards; ++shard) {
    SKALD_RETURN_IF_ERROR(writer_->Prepare(sqlite::kInsertShard).Bind(shard).Run());
  }
  SKALD_RETURN_IF_ERROR(
      writer_->Prepare(sqlite::kRaiseEpochs).Bind(owner).Bind(ToMicros(absl::Now())).Run());
  SKALD_ASSIGN_OR_RETURN(std::vector<int64_t> epochs, ReadEpochs(*writer_));
  SKALD_RETURN_IF_ERROR(sqlite::WithoutDoubt(transaction.Commit()));
  return epochs;
}

absl::StatusOr<std::vector<ChangeResult>> SqliteStore::Commit(std::span<const Change> changes) {
  std::vector<ChangeResult> results;
  if (changes.empty()) return results;
  results.resize(changes.size());
  MutexLock lock(write_mutex_);
  if (writer_ == nullptr) return OnlyReads();
  Transaction transaction(*writer_);
  SKALD_RETURN_IF_ERROR(transaction.Begin(sqlite::kBeginWrite));
  SKALD_ASSIGN_OR_RETURN(const std::vector<int64_t> epochs, ReadEpochs(*writer_));
  for (const size_t i : ClaimOrder(changes)) {
    SKALD_ASSIGN_OR_RETURN(results[i], sqlite::WriteChange(*writer_, changes[i], epochs));
  }
  SKALD_RETURN_IF_ERROR(transaction.Commit());
  return results;
}

absl::StatusOr<std::vector<v1::SagaRecord>> SqliteStore::Load(std::span<const std::string> ids) {
  ReaderPool::Lease reader(readers_);
  // Row and steps must be of one revision.
  Transaction snapshot(*reader);
  SKALD_RETURN_IF_ERROR(snapshot.Begin(sqlite::kBeginRead));
  const std::set<std::string_view> wanted(ids.begin(), ids.end());
  std::vector<v1::SagaRecord> sagas;
  for (const std::string_view id : wanted) {
    Statement statement = (*reader).Prepare(sqlite::kReadSaga);
    SKALD_ASSIGN_OR_RETURN(const bool row, statement.Bind(id).Step());
    if (!row) continue;
    v1::SagaRecord& saga = sagas.emplace_back();
    SKALD_RETURN_IF_ERROR(ParseRow(statement, sqlite::kReadSaga, saga));
    SKALD_RETURN_IF_ERROR(ReadSteps(*reader, saga));
  }
  return sagas;
}

absl::StatusOr<std::vector<v1::SagaRecord>> SqliteStore::LoadUnfinished(int shard,
                                                                        std::string_view after_id,
                                                                        int limit) {
  ReaderPool::Lease reader(readers_);
  Transaction snapshot(*reader);
  SKALD_RETURN_IF_ERROR(snapshot.Begin(sqlite::kBeginRead));
  Statement statement = (*reader).Prepare(sqlite::kReadUnfinished);
  statement.Bind(int64_t{shard}).Bind(after_id).Bind(int64_t{limit});
  return ReadSagas(*reader, statement, sqlite::kReadUnfinished);
}

absl::StatusOr<std::vector<v1::SagaRecord>> SqliteStore::LoadDue(std::span<const int> shards,
                                                                 const DuePlace& after,
                                                                 int64_t before_us, int limit) {
  ReaderPool::Lease reader(readers_);
  Transaction snapshot(*reader);
  SKALD_RETURN_IF_ERROR(snapshot.Begin(sqlite::kBeginRead));
  Statement statement = (*reader).Prepare(sqlite::kReadDue);
  statement.Bind(fmt::format("[{}]", fmt::join(shards, ",")));
  statement.Bind(after.due_us).Bind(after.id).Bind(before_us).Bind(int64_t{limit});
  return ReadSagas(*reader, statement, sqlite::kReadDue);
}

absl::StatusOr<std::vector<DefinitionCount>> SqliteStore::CountSagas() {
  ReaderPool::Lease reader(readers_);
  Statement statement = (*reader).Prepare(sqlite::kCountSagas);
  std::vector<DefinitionCount> counts;
  while (true) {
    SKALD_ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) return counts;
    counts.push_back({std::string(statement.Bytes(0)), static_cast<int>(statement.Int(1)),
                      static_cast<v1::Saga::Status>(statement.Int(2)), statement.Int(3)});
  }
}

absl::StatusOr<KeyHolder> SqliteStore::FindKey(std::string_view key) {
  ReaderPool::Lease reader(readers_);
  return sqlite::FindKey(*reader, key);
}

absl::StatusOr<Page<v1::SagaRecord>> SqliteStore::ListSagas(const Filter& filter,
                                                            const PageRequest& page) {
  ReaderPool::Lease reader(readers_);
  return ReadFiltered<v1::SagaRecord>(*reader, sqlite::kListSagas, filter, FilterSubject::kSagas,
                                      page);
}

absl::StatusOr<std::vector<v1::HistoryEntry>> SqliteStore::ListHistory(std::string_view saga_id,
                                                                       int64_t after, int limit) {
  ReaderPool::Lease reader(readers_);
  std::vector<v1::HistoryEntry> entries;
  Statement statement = (*reader).Prepare(sqlite::kReadHistory);
  statement.Bind(saga_id).Bind(after);
  while (entries.size() < static_cast<size_t>(limit)) {
    SKALD_ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) break;
    v1::HistoryRow transition;
    SKALD_RETURN_IF_ERROR(ParseRow(statement, sqlite::kReadHistory, transition));
    for (v1::HistoryEntry& entry : *transition.mutable_entries()) {
      if (entry.number() <= after || entries.size() == static_cast<size_t>(limit)) continue;
      entries.push_back(std::move(entry));
    }
  }
  return entries;
}

absl::StatusOr<Page<v1::DeadLetterRecord>> SqliteStore::ListDeadLetters(const Filter& filter,
                                                                        const PageRequest& page) {
  ReaderPool::Lease reader(readers_);
  return ReadFiltered<v1::DeadLetterRecord>(*reader, sqlite::kListDeadLetters, filter,
                                            FilterSubject::kDeadLetters, page);
}

absl::StatusOr<v1::DeadLetterRecord> SqliteStore::GetDeadLetter(std::string_view saga_id,
                                                                int number) {
  ReaderPool::Lease reader(readers_);
  const Sql& sql = number == 0 ? sqlite::kReadCurrentDeadLetter : sqlite::kReadDeadLetter;
  Statement statement = (*reader).Prepare(sql);
  statement.Bind(saga_id);
  if (number != 0) statement.Bind(int64_t{number});
  SKALD_ASSIGN_OR_RETURN(const bool row, statement.Step());
  if (!row && number == 0) return NotFound("saga {} has no dead letter", saga_id);
  if (!row) return NotFound("saga {} has no dead letter {}", saga_id, number);
  v1::DeadLetterRecord letter;
  SKALD_RETURN_IF_ERROR(ParseRow(statement, sql, letter));
  return letter;
}

absl::StatusOr<Page<v1::AuditRecord>> SqliteStore::ListAudit(std::string_view saga_id,
                                                             const PageRequest& page) {
  SKALD_ASSIGN_OR_RETURN(const PageKey after, FromPageToken(page.after));
  ReaderPool::Lease reader(readers_);
  const Sql& sql = saga_id.empty() ? sqlite::kListAudit : sqlite::kListAuditOfSaga;
  Statement statement = (*reader).Prepare(sql);
  BindPage(statement, after, page.size);
  if (!saga_id.empty()) statement.Bind(saga_id);
  return ReadPage<v1::AuditRecord>(statement, sql, page.size);
}

absl::StatusOr<std::vector<v1::DefinitionRecord>> SqliteStore::ListDefinitions() {
  ReaderPool::Lease reader(readers_);
  Statement statement = (*reader).Prepare(sqlite::kListDefinitions);
  return ReadRows<v1::DefinitionRecord>(statement, sqlite::kListDefinitions);
}

absl::Status SqliteStore::Check() {
  // A file that was removed or replaced under us takes our writes still, and nobody will find them.
  SKALD_ASSIGN_OR_RETURN(const FileIdentity file, IdentityOf(path_));
  if (!(file == file_)) return Unavailable("{} was replaced by another file: start anew", path_);
  MutexLock lock(write_mutex_);
  if (writer_ == nullptr) return OnlyReads();
  Transaction transaction(*writer_);
  return transaction.Begin(sqlite::kBeginWrite);
}

absl::StatusOr<std::vector<std::unique_ptr<Connection>>> OpenReaders(const std::string& path,
                                                                     absl::Duration busy_timeout) {
  std::vector<std::unique_ptr<Connection>> readers;
  for (int i = 0; i < kReaders; ++i) {
    SKALD_ASSIGN_OR_RETURN(std::unique_ptr<Connection> reader,
                           Connection::Open(path, busy_timeout));
    SKALD_RETURN_IF_ERROR(reader->Execute(sqlite::kReadOnly));
    readers.push_back(std::move(reader));
  }
  return readers;
}

// Takes no lock: SQLite keeps readers and the one writer apart by itself.
absl::StatusOr<std::unique_ptr<Store>> OpenToRead(const std::string& path,
                                                  absl::Duration busy_timeout) {
  // A connection would make the file.
  const absl::StatusOr<FileIdentity> file = IdentityOf(path);
  if (!file.ok()) return FailedPrecondition("there is nothing to read: {}", Message(file.status()));
  SKALD_ASSIGN_OR_RETURN(auto readers, OpenReaders(path, busy_timeout));
  SKALD_RETURN_IF_ERROR(sqlite::CheckSchema(*readers.front(), path));
  return std::make_unique<SqliteStore>(path, *file, std::nullopt, nullptr, std::move(readers));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(SqliteOptions options) {
  // Links are followed first, so that one file has one lock whatever it is called by.
  std::error_code error;
  const std::filesystem::path resolved = std::filesystem::weakly_canonical(options.path, error);
  const std::string path = error ? options.path : resolved.string();
  if (options.access == StoreAccess::kRead) return OpenToRead(path, options.busy_timeout);
  SKALD_ASSIGN_OR_RETURN(FileLock lock, FileLock::Take(path));
  SKALD_ASSIGN_OR_RETURN(std::unique_ptr<Connection> writer,
                         Connection::Open(path, options.busy_timeout));
  SKALD_RETURN_IF_ERROR(sqlite::PrepareSchema(*writer, path));
  SKALD_ASSIGN_OR_RETURN(auto readers, OpenReaders(path, options.busy_timeout));
  SKALD_ASSIGN_OR_RETURN(const FileIdentity file, IdentityOf(path));
  return std::make_unique<SqliteStore>(path, file, std::move(lock), std::move(writer),
                                       std::move(readers));
}

}  // namespace skald
