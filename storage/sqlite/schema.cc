#include "storage/sqlite/schema.h"

#include <iterator>

#include "base/status.h"

namespace skald::sqlite {
namespace {

constexpr int kSchemaVersion = static_cast<int>(std::size(kMigrations));

Status UseWal(Connection& connection, const std::string& path) {
  Statement statement = connection.Prepare(kUseWal);
  SKALD_ASSIGN_OR_RETURN(const bool row, statement.Step());
  // Where it cannot, SQLite answers with the mode that stays, and no error.
  if (!row || statement.Bytes(0) != "wal") {
    return FailedPrecondition("{}: this file system cannot hold a write-ahead log", path);
  }
  return absl::OkStatus();
}

// From version `from` on; 0 is an empty file.
Status Migrate(Connection& connection, int64_t from) {
  Transaction transaction(connection);
  SKALD_RETURN_IF_ERROR(transaction.Begin(kBeginWrite));
  for (int64_t version = from; version < kSchemaVersion; ++version) {
    SKALD_RETURN_IF_ERROR(connection.Execute(kMigrations[version]));
  }
  // In the same transaction: a crash leaves all of it or nothing.
  const std::string marks = fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}",
                                        kApplicationId, kSchemaVersion);
  SKALD_RETURN_IF_ERROR(connection.Execute({"mark_schema", marks.c_str()}));
  return WithoutDoubt(transaction.Commit());
}

// Whose file it is, and its schema version; 0: it is empty.
StatusOr<int64_t> VersionIn(Connection& connection, const std::string& path) {
  const absl::StatusOr<int64_t> application = connection.ReadInt(kReadApplicationId);
  if (absl::IsDataLoss(application.status())) {
    return FailedPrecondition("{} is not a database of Skald: {}", path,
                              Message(application.status()));
  }
  SKALD_RETURN_IF_ERROR(application.status());
  SKALD_ASSIGN_OR_RETURN(const int64_t objects, connection.ReadInt(kCountObjects));
  const bool empty = *application == 0 && objects == 0;
  if (!empty && *application != kApplicationId) {
    return FailedPrecondition("{} is a SQLite database, but not one of Skald", path);
  }
  if (empty) return 0;
  SKALD_ASSIGN_OR_RETURN(const int64_t version, connection.ReadInt(kReadSchemaVersion));
  if (version < 1 || version > kSchemaVersion) {
    return FailedPrecondition(
        "{} has schema version {}, this program knows versions 1 to {}: use the program that "
        "fits",
        path, version, kSchemaVersion);
  }
  return version;
}

}  // namespace

absl::Status PrepareSchema(Connection& connection, const std::string& path) {
  SKALD_ASSIGN_OR_RETURN(const int64_t version, VersionIn(connection, path));
  // Only now: it writes to the file, which must be ours.
  SKALD_RETURN_IF_ERROR(UseWal(connection, path));
  SKALD_RETURN_IF_ERROR(connection.Execute(kSyncFully));
  return version < kSchemaVersion ? Migrate(connection, version) : absl::OkStatus();
}

absl::Status CheckSchema(Connection& connection, const std::string& path) {
  SKALD_ASSIGN_OR_RETURN(const int64_t version, VersionIn(connection, path));
  if (version == kSchemaVersion) return absl::OkStatus();
  return FailedPrecondition(
      "{} has schema version {}, this program has {}: it is brought up to date when a server of "
      "this program opens it; until then read it with the program that wrote it",
      path, version, kSchemaVersion);
}

}  // namespace skald::sqlite
