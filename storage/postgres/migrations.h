// Brings a database's schema to the version that this binary knows.
//
// Threading: functions; safe to call from several processes at once.
#ifndef SKALD_STORAGE_POSTGRES_MIGRATIONS_H_
#define SKALD_STORAGE_POSTGRES_MIGRATIONS_H_

#include "absl/status/status.h"
#include "storage/postgres/connection.h"

namespace skald::postgres {

// The schema version that this binary knows.
int KnownSchemaVersion();

// Applies what is missing, each migration in a transaction of its own under a lock that ends with
// it. Writes nothing, and needs no right to, where nothing is missing. FAILED_PRECONDITION: the
// schema is newer than the binary; the message names both versions.
absl::Status Migrate(Connection& connection);

// Writes nothing. FAILED_PRECONDITION: the schema is not the one that this binary knows.
absl::Status CheckSchema(Connection& connection);

}  // namespace skald::postgres

#endif  // SKALD_STORAGE_POSTGRES_MIGRATIONS_H_
