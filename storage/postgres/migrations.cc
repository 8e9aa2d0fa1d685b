#include "storage/postgres/migrations.h"

#include <iterator>

#include "base/status.h"

namespace skald::postgres {
namespace {

absl::StatusOr<int> VersionIn(Transaction& transaction) {
  SKALD_ASSIGN_OR_RETURN(const Rows found, transaction.Run(kFindSchema, {}));
  if (!found.Truth(0, 0)) return 0;
  SKALD_ASSIGN_OR_RETURN(const Rows rows, transaction.Run(kSchemaVersion, {}));
  const int version = static_cast<int>(rows.Number(0, 0));
  if (version > KnownSchemaVersion()) {
    return FailedPrecondition(
        "the database's schema has version {}, this binary knows {}: run a newer binary", version,
        KnownSchemaVersion());
  }
  return version;
}

absl::StatusOr<int> VersionOf(Connection& connection) {
  int version = 0;
  SKALD_RETURN_IF_ERROR(connection.Transact([&version](Transaction& transaction) -> Status {
    SKALD_ASSIGN_OR_RETURN(version, VersionIn(transaction));
    return absl::OkStatus();
  }));
  return version;
}

// Applies the next migration, if one is missing, and says which version there is then.
absl::StatusOr<int> ApplyNext(Connection& connection) {
  int version = 0;
  const Status status = connection.Transact([&version](Transaction& transaction) -> Status {
    SKALD_RETURN_IF_ERROR(transaction.Run(kLockSchema, {}).status());
    SKALD_ASSIGN_OR_RETURN(version, VersionIn(transaction));
    if (version == KnownSchemaVersion()) return absl::OkStatus();
    if (version == 0) SKALD_RETURN_IF_ERROR(transaction.Run(kMakeSchema, {}).status());
    const Statement migration{"migration", kMigrations[version]};
    SKALD_RETURN_IF_ERROR(transaction.Run(migration, {}).status());
    Parameters parameters;
    parameters.Add(int64_t{++version});
    return transaction.Run(kAddSchemaVersion, parameters).status();
  });
  if (!status.ok()) return status;
  return version;
}

}  // namespace

int KnownSchemaVersion() { return static_cast<int>(std::size(kMigrations)); }

absl::Status Migrate(Connection& connection) {
  SKALD_ASSIGN_OR_RETURN(int version, VersionOf(connection));
  while (version < KnownSchemaVersion()) {
    SKALD_ASSIGN_OR_RETURN(version, ApplyNext(connection));
  }
  return absl::OkStatus();
}

absl::Status CheckSchema(Connection& connection) {
  SKALD_ASSIGN_OR_RETURN(const int version, VersionOf(connection));
  if (version == KnownSchemaVersion()) return absl::OkStatus();
  return FailedPrecondition(
      "the database's schema has version {}, this binary has {}: it is brought up to date when a "
      "server of this binary opens it; until then read it with the binary that wrote it",
      version, KnownSchemaVersion());
}

}  // namespace skald::postgres
