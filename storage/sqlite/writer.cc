#include "storage/sqlite/writer.h"

#include <string>

#include "base/status.h"
#include "storage/exclusive_key.h"
#include "storage/labels_json.h"
#include "storage/sleep.h"
#include "storage/sqlite/exclusive_keys.h"

namespace skald::sqlite {
namespace {

std::string Serialize(const google::protobuf::Message& message) {
  return message.SerializeAsString();
}

// The row holds everything but the steps.
std::string SerializeRow(const v1::SagaRecord& record) {
  v1::SagaRecord row = record;
  row.clear_steps();
  return Serialize(row);
}

// Writes the row of a new saga. False: the id is taken.
StatusOr<bool> InsertSaga(Connection& connection, const v1::SagaRecord& record) {
  SKALD_RETURN_IF_ERROR(connection.Prepare(kInsertSaga)
                            .Bind(record.id())
                            .Bind(int64_t{record.shard()})
                            .Bind(record.epoch())
                            .Bind(record.revision())
                            .Bind(record.definition())
                            .Bind(int64_t{record.definition_version()})
                            .Bind(int64_t{record.status()})
                            .Bind(int64_t{record.paused()})
                            .Bind(int64_t{record.cause().kind()})
                            .Bind(record.created_us())
                            .Bind(record.finished_us())
                            .Bind(record.due_us())
                            .Bind(WakesUs(record))
                            .Bind(ToJson(record.labels()))
                            .BindBlob(SerializeRow(record))
                            .Run());
  return connection.changes() == 1;
}

// False: the row has another revision, or there is none.
StatusOr<bool> UpdateSaga(Connection& connection, const v1::SagaRecord& record) {
  SKALD_RETURN_IF_ERROR(connection.Prepare(kUpdateSaga)
                            .Bind(record.epoch())
                            .Bind(record.revision())
                            .Bind(int64_t{record.status()})
                            .Bind(int64_t{record.paused()})
                            .Bind(int64_t{record.cause().kind()})
                            .Bind(record.finished_us())
                            .Bind(record.due_us())
                            .Bind(WakesUs(record))
                            .Bind(ToJson(record.labels()))
                            .BindBlob(SerializeRow(record))
                            .Bind(record.id())
                            .Bind(record.revision() - 1)
                            .Run());
  return connection.changes() == 1;
}

// Whether InsertSaga or UpdateSaga would write the row.
StatusOr<bool> Fits(Connection& connection, const v1::SagaRecord& record) {
  Statement statement = connection.Prepare(kReadRevision);
  SKALD_ASSIGN_OR_RETURN(const bool there, statement.Bind(record.id()).Step());
  return record.revision() == 1 ? !there : there && statement.Int(0) == record.revision() - 1;
}

Status WriteSteps(Connection& connection, const Change& change) {
  for (const int position : change.changed_steps) {
    const v1::StepState& step = change.record->steps(position);
    SKALD_RETURN_IF_ERROR(connection.Prepare(kPutStep)
                              .Bind(change.record->id())
                              .Bind(step.path())
                              .Bind(int64_t{position})
                              .Bind(int64_t{step.status()})
                              .BindBlob(Serialize(step))
                              .Run());
  }
  return absl::OkStatus();
}

Status WriteHistory(Connection& connection, const Change& change) {
  if (change.history.empty()) return absl::OkStatus();
  v1::HistoryRow row;
  for (const v1::HistoryEntry& entry : change.history) *row.add_entries() = entry;
  return connection.Prepare(kInsertHistory)
      .Bind(change.record->id())
      .Bind(change.history.front().number())
      .BindBlob(Serialize(row))
      .Run();
}

Status WriteDeadLetter(Connection& connection, const v1::DeadLetterRecord& letter) {
  return connection.Prepare(kPutDeadLetter)
      .Bind(letter.saga_id())
      .Bind(int64_t{letter.number()})
      .Bind(letter.definition())
      .Bind(int64_t{letter.definition_version()})
      .Bind(letter.step())
      .Bind(int64_t{letter.cause().kind()})
      .Bind(letter.created_us())
      .Bind(letter.closed_us())
      .BindBlob(Serialize(letter))
      .Run();
}

Status WriteAudit(Connection& connection, const v1::AuditRecord& audit) {
  return connection.Prepare(kInsertAudit)
      .Bind(audit.saga_id())
      .Bind(audit.revision())
      .Bind(audit.at_us())
      .BindBlob(Serialize(audit))
      .Run();
}

Status WriteDefinition(Connection& connection, const v1::DefinitionRecord& definition) {
  return connection.Prepare(kInsertDefinition)
      .Bind(definition.name())
      .Bind(int64_t{definition.version()})
      .BindBlob(Serialize(definition))
      .Run();
}

}  // namespace

absl::StatusOr<ChangeResult> WriteChange(Connection& connection, const Change& change,
                                         const std::vector<int64_t>& epochs) {
  const v1::SagaRecord& record = *change.record;
  const auto shard = static_cast<size_t>(record.shard());
  if (shard >= epochs.size() || epochs[shard] != record.epoch()) return ChangeResult::kStaleEpoch;
  const KeyClaim claim = ClaimOf(change);
  if (claim == KeyClaim::kTake) {
    SKALD_ASSIGN_OR_RETURN(const bool may_take, MayTakeKey(connection, record));
    SKALD_ASSIGN_OR_RETURN(const bool fits, Fits(connection, record));
    if (fits && !may_take) return ChangeResult::kKeyTaken;
  }
  if (record.revision() == 1) {
    SKALD_ASSIGN_OR_RETURN(const bool inserted, InsertSaga(connection, record));
    if (!inserted) return ChangeResult::kAlreadyExists;
  } else {
    SKALD_ASSIGN_OR_RETURN(const bool updated, UpdateSaga(connection, record));
    if (!updated) return ChangeResult::kConflict;
  }
  SKALD_RETURN_IF_ERROR(WriteSteps(connection, change));
  SKALD_RETURN_IF_ERROR(WriteHistory(connection, change));
  if (change.dead_letter != nullptr) {
    SKALD_RETURN_IF_ERROR(WriteDeadLetter(connection, *change.dead_letter));
  }
  if (change.audit != nullptr) SKALD_RETURN_IF_ERROR(WriteAudit(connection, *change.audit));
  if (change.definition != nullptr) {
    SKALD_RETURN_IF_ERROR(WriteDefinition(connection, *change.definition));
  }
  SKALD_RETURN_IF_ERROR(WriteClaim(connection, claim, record));
  return ChangeResult::kStored;
}

}  // namespace skald::sqlite
