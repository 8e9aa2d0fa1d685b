#include "storage/postgres/postgres_store.h"

#include <utility>
#include <variant>

#include "base/mutex.h"
#include "base/status.h"
#include "storage/filter_sql.h"
#include "storage/page_token.h"
#include "storage/postgres/binary_array.h"
#include "storage/postgres/commit_arrays.h"
#include "storage/postgres/commit_transaction.h"
#include "storage/postgres/connection_pool.h"
#include "storage/postgres/encoding.h"
#include "storage/postgres/migrations.h"

namespace skald {
namespace {

using postgres::BinaryArray;
using postgres::Connection;
using postgres::ConnectionPool;
using postgres::Loss;
using postgres::Parameters;
using postgres::Rows;
using postgres::Transaction;

PageKey KeyOf(const v1::SagaRecord& saga) { return {saga.created_us(), saga.id(), 0}; }
PageKey KeyOf(const v1::DeadLetterRecord& letter) {
  return {letter.created_us(), letter.saga_id(), letter.number()};
}
PageKey KeyOf(const v1::AuditRecord& row) { return {row.at_us(), row.saga_id(), row.revision()}; }

template <typename Record>
absl::Status Parse(const Rows& rows, int row, int column, Record& record) {
  if (record.ParseFromString(rows.Bytes(row, column))) return absl::OkStatus();
  return Error(StatusCode::kDataLoss, "a stored {} does not parse",
               record.GetDescriptor()->full_name());
}

// Rows of kLoad: saga id, -1 or the step's position, record; a saga before its steps.
absl::StatusOr<std::vector<v1::SagaRecord>> ToSagas(const Rows& rows) {
  std::vector<v1::SagaRecord> sagas;
  for (int row = 0; row < rows.size(); ++row) {
    if (rows.Number(row, 1) < 0) {
      SKALD_RETURN_IF_ERROR(Parse(rows, row, 2, sagas.emplace_back()));
    } else {
      SKALD_RETURN_IF_ERROR(Parse(rows, row, 2, *sagas.back().add_steps()));
    }
  }
  return sagas;
}

// A page from rows of one record each, of which one more than `size` was asked for.
template <typename Record>
absl::StatusOr<Page<Record>> ToPage(const Rows& rows, int size) {
  Page<Record> page;
  for (int row = 0; row < rows.size() && row < size; ++row) {
    SKALD_RETURN_IF_ERROR(Parse(rows, row, 0, page.items.emplace_back()));
  }
  if (rows.size() > size && size > 0) page.next = ToPageToken(KeyOf(page.items.back()));
  return page;
}

void AddFilterValues(const FilterSql& filter, Parameters& parameters) {
  for (const SqlValue& value : filter.values) {
    if (const auto* text = std::get_if<std::string>(&value)) parameters.Add(*text);
    if (const auto* number = std::get_if<int64_t>(&value)) parameters.Add(*number);
    if (const auto* truth = std::get_if<bool>(&value)) parameters.Add(*truth ? "true" : "false");
  }
}

class PostgresStore final : public Store {
 public:
  PostgresStore(const std::string& conninfo, const PostgresOptions& options)
      : writer_(conninfo, options.statement_timeout),
        readers_(options.read_connections, conninfo, options.statement_timeout),
        access_(options.access) {}

  absl::Status Open() {
    MutexLock lock(writer_mutex_);
    if (access_ == StoreAccess::kRead) return postgres::CheckSchema(writer_);
    return postgres::Migrate(writer_);
  }

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
  absl::Status CheckMayWrite() const {
    if (access_ == StoreAccess::kWrite) return absl::OkStatus();
    return FailedPrecondition("the database was opened to be read only");
  }

  absl::StatusOr<Rows> Read(const postgres::Statement& statement, const Parameters& parameters) {
    return readers_.Take()->Run(statement, parameters, Loss::kNothingDone);
  }

  // Reads with the filter's condition put into the statement.
  absl::StatusOr<Rows> ReadFiltered(const postgres::Statement& statement, const FilterSql& filter,
                                    Parameters parameters) {
    AddFilterValues(filter, parameters);
    return readers_.Take()->RunOnce(fmt::format(fmt::runtime(statement.text), filter.text),
                                    parameters);
  }

  Mutex writer_mutex_;
  Connection writer_ SKALD_GUARDED_BY(writer_mutex_);
  ConnectionPool readers_;
  const StoreAccess access_;
};

absl::StatusOr<std::vector<int64_t>> PostgresStore::TakeShards(int shards, std::string_view owner) {
  SKALD_RETURN_IF_ERROR(CheckMayWrite());
  if (shards < 1) return InvalidArgument("a store has at least one shard, not {}", shards);
  std::vector<int64_t> epochs(static_cast<size_t>(shards));
  const auto take = [&](Transaction& transaction) -> absl::Status {
    SKALD_RETURN_IF_ERROR(transaction.Run(postgres::kLockTaking, {}).status());
    SKALD_ASSIGN_OR_RETURN(const Rows there, transaction.Run(postgres::kLockShards, {}));
    if (there.size() == 0) {
      Parameters count;
      count.Add(int64_t{shards});
      SKALD_RETURN_IF_ERROR(transaction.Run(postgres::kMakeShards, count).status());
    } else if (there.size() != shards) {
      return FailedPrecondition("the store has {} shards, not {}: set the number it was made with",
                                there.size(), shards);
    }
    Parameters name;
    name.Add(owner);
    SKALD_ASSIGN_OR_RETURN(const Rows taken, transaction.Run(postgres::kTakeShards, name));
    for (int row = 0; row < taken.size(); ++row) {
      epochs[static_cast<size_t>(taken.Number(row, 0))] = taken.Number(row, 1);
    }
    return absl::OkStatus();
  };
  MutexLock lock(writer_mutex_);
  SKALD_RETURN_IF_ERROR(writer_.Transact(take));
  return epochs;
}

absl::StatusOr<std::vector<ChangeResult>> PostgresStore::Commit(std::span<const Change> changes) {
  SKALD_RETURN_IF_ERROR(CheckMayWrite());
  if (changes.empty()) return std::vector<ChangeResult>();
  const std::vector<size_t> order = postgres::CommitOrder(changes);
  if (postgres::NeedTransaction(changes)) {
    MutexLock lock(writer_mutex_);
    return postgres::CommitInTransaction(writer_, changes, order);
  }
  const Parameters parameters = postgres::CommitParameters(changes, order);
  std::vector<ChangeResult> results(changes.size(), ChangeResult::kStored);
  MutexLock lock(writer_mutex_);
  SKALD_ASSIGN_OR_RETURN(const Rows refused,
                         writer_.Run(postgres::kCommit, parameters, Loss::kInDoubt));
  postgres::SetRefused(refused, order, results);
  return results;
}

absl::StatusOr<std::vector<v1::SagaRecord>> PostgresStore::Load(std::span<const std::string> ids) {
  BinaryArray wanted(BinaryArray::Element::kText);
  for (const std::string& id : ids) wanted.Add(id);
  Parameters parameters;
  parameters.arrays.push_back(wanted.Take());
  SKALD_ASSIGN_OR_RETURN(const Rows rows, Read(postgres::kLoad, parameters));
  return ToSagas(rows);
}

absl::StatusOr<std::vector<v1::SagaRecord>> PostgresStore::LoadUnfinished(int shard,
                                                                          std::string_view after_id,
                                                                          int limit) {
  Parameters parameters;
  parameters.Add(int64_t{shard});
  parameters.Add(after_id);
  parameters.Add(int64_t{limit});
  SKALD_ASSIGN_OR_RETURN(const Rows rows, Read(postgres::kLoadUnfinished, parameters));
  return ToSagas(rows);
}

absl::StatusOr<std::vector<v1::SagaRecord>> PostgresStore::LoadDue(std::span<const int> shards,
                                                                   const DuePlace& after,
                                                                   int64_t before_us, int limit) {
  BinaryArray wanted(BinaryArray::Element::kInt4);
  for (const int shard : shards) wanted.AddNumber(shard);
  Parameters parameters;
  parameters.arrays.push_back(wanted.Take());
  parameters.Add(after.due_us);
  parameters.Add(after.id);
  parameters.Add(before_us);
  parameters.Add(int64_t{limit});
  SKALD_ASSIGN_OR_RETURN(const Rows rows, Read(postgres::kLoadDue, parameters));
  return ToSagas(rows);
}

absl::StatusOr<std::vector<DefinitionCount>> PostgresStore::CountSagas() {
  SKALD_ASSIGN_OR_RETURN(const Rows rows, Read(postgres::kCountSagas, {}));
  std::vector<DefinitionCount> counts;
  for (int row = 0; row < rows.size(); ++row) {
    counts.push_back({std::string(rows.Text(row, 0)), static_cast<int>(rows.Number(row, 1)),
                      static_cast<v1::Saga::Status>(rows.Number(row, 2)), rows.Number(row, 3)});
  }
  return counts;
}

absl::StatusOr<KeyHolder> PostgresStore::FindKey(std::string_view key) {
  Parameters parameters;
  parameters.Add(key);
  SKALD_ASSIGN_OR_RETURN(const Rows rows, Read(postgres::kFindKey, parameters));
  if (rows.size() == 0) return KeyHolder();
  return KeyHolder{std::string(rows.Text(0, 0)), std::string(rows.Text(0, 1))};
}

absl::StatusOr<Page<v1::SagaRecord>> PostgresStore::ListSagas(const Filter& filter,
                                                              const PageRequest& page) {
  SKALD_ASSIGN_OR_RETURN(const PageKey key, FromPageToken(page.after));
  Parameters parameters;
  parameters.Add(key.time_us);
  parameters.Add(key.saga_id);
  parameters.Add(int64_t{page.size} + 1);
  const FilterSql where = ToSql(filter, FilterSubject::kSagas, kPostgresDialect, 4);
  SKALD_ASSIGN_OR_RETURN(const Rows rows,
                         ReadFiltered(postgres::kListSagas, where, std::move(parameters)));
  return ToPage<v1::SagaRecord>(rows, page.size);
}

absl::StatusOr<std::vector<v1::HistoryEntry>> PostgresStore::ListHistory(std::string_view saga_id,
                                                                         int64_t after, int limit) {
  Parameters parameters;
  parameters.Add(saga_id);
  parameters.Add(after);
  parameters.Add(int64_t{limit});
  SKALD_ASSIGN_OR_RETURN(const Rows rows, Read(postgres::kListHistory, parameters));
  std::vector<v1::HistoryEntry> entries;
  for (int row = 0; row < rows.size(); ++row) {
    SKALD_ASSIGN_OR_RETURN(std::vector<v1::HistoryEntry> stored,
                           postgres::DecodeHistory(rows.Bytes(row, 0)));
    for (v1::HistoryEntry& entry : stored) {
      if (entry.number() <= after) continue;
      if (std::ssize(entries) >= limit) return entries;
      entries.push_back(std::move(entry));
    }
  }
  return entries;
}

absl::StatusOr<Page<v1::DeadLetterRecord>> PostgresStore::ListDeadLetters(const Filter& filter,
                                                                          const PageRequest& page) {
  SKALD_ASSIGN_OR_RETURN(const PageKey key, FromPageToken(page.after));
  Parameters parameters;
  parameters.Add(key.time_us);
  parameters.Add(key.saga_id);
  parameters.Add(key.number);
  parameters.Add(int64_t{page.size} + 1);
  const FilterSql where = ToSql(filter, FilterSubject::kDeadLetters, kPostgresDialect, 5);
  SKALD_ASSIGN_OR_RETURN(const Rows rows,
                         ReadFiltered(postgres::kListDeadLetters, where, std::move(parameters)));
  return ToPage<v1::DeadLetterRecord>(rows, page.size);
}

absl::StatusOr<v1::DeadLetterRecord> PostgresStore::GetDeadLetter(std::string_view saga_id,
                                                                  int number) {
  Parameters parameters;
  parameters.Add(saga_id);
  parameters.Add(int64_t{number});
  SKALD_ASSIGN_OR_RETURN(const Rows rows, Read(postgres::kGetDeadLetter, parameters));
  if (rows.size() == 0) {
    return number == 0 ? NotFound("saga {} has no dead letter", saga_id)
                       : NotFound("saga {} has no dead letter {}", saga_id, number);
  }
  v1::DeadLetterRecord letter;
  SKALD_RETURN_IF_ERROR(Parse(rows, 0, 0, letter));
  return letter;
}

absl::StatusOr<Page<v1::AuditRecord>> PostgresStore::ListAudit(std::string_view saga_id,
                                                               const PageRequest& page) {
  SKALD_ASSIGN_OR_RETURN(const PageKey key, FromPageToken(page.after));
  Parameters parameters;
  parameters.Add(key.time_us);
  parameters.Add(key.saga_id);
  parameters.Add(key.number);
  parameters.Add(int64_t{page.size} + 1);
  if (!saga_id.empty()) parameters.Add(saga_id);
  SKALD_ASSIGN_OR_RETURN(
      const Rows rows,
      Read(saga_id.empty() ? postgres::kListAudit : postgres::kListAuditOfSaga, parameters));
  return ToPage<v1::AuditRecord>(rows, page.size);
}

absl::StatusOr<std::vector<v1::DefinitionRecord>> PostgresStore::ListDefinitions() {
  SKALD_ASSIGN_OR_RETURN(const Rows rows, Read(postgres::kListDefinitions, {}));
  std::vector<v1::DefinitionRecord> definitions;
  for (int row = 0; row < rows.size(); ++row) {
    SKALD_RETURN_IF_ERROR(Parse(rows, row, 0, definitions.emplace_back()));
  }
  return definitions;
}

absl::Status PostgresStore::Check() {
  SKALD_ASSIGN_OR_RETURN(const Rows rows, Read(postgres::kCheck, {}));
  if (rows.Text(0, 0) == "on") return Unavailable("the database is read-only");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenPostgresStore(const PostgresOptions& options) {
  if (options.read_connections < 1) {
    return InvalidArgument("read_connections is {}: at least one is needed",
                           options.read_connections);
  }
  SKALD_ASSIGN_OR_RETURN(const std::string conninfo, postgres::CompleteUrl(options.url));
  auto store = std::make_unique<PostgresStore>(conninfo, options);
  SKALD_RETURN_IF_ERROR(store->Open());
  return store;
}

}  // namespace skald
