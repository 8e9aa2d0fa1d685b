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
  int version = 0;
  SKALD_RETURN_IF_ERROR(connection.Transact([&version](Transaction& transaction) -> Status {
    SKALD_ASSIGN_OR_RETURN(version, VersionIn(transaction));
    return absl::OkStatus();
  }));
  while (version < KnownSchemaVersion()) {
    SKALD_ASSIGN_OR_RETURN(version, ApplyNext(connection));
  }
  return absl::OkStatus();
}

}  // namespace skald::postgres
