// The store for production: PostgreSQL.
//
//   SKALD_ASSIGN_OR_RETURN(auto store, OpenPostgresStore({.url = "postgresql://skald@db/skald"}));
//
// A Commit is one statement and one round trip, however many sagas it is about. README.md tells the
// tables, indexes and locks.
//
// Threading: locked, as Store says. Commits go one by one over a connection of their own, reads
// over `read_connections` others; whoever finds them all in use waits.
#ifndef SKALD_STORAGE_POSTGRES_POSTGRES_STORE_H_
#define SKALD_STORAGE_POSTGRES_POSTGRES_STORE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/store.h"

namespace skald {

struct PostgresOptions {
  // A postgresql:// URI or key=value pairs, as libpq has them. Several hosts may stand in it: the
  // one that takes writes is used, unless the url sets target_session_attrs.
  std::string url;
  int read_connections = 4;
  // What a statement may take in the server, waiting for locks included. Beyond it: UNAVAILABLE.
  absl::Duration statement_timeout = absl::Seconds(10);
  // kRead: a server that takes no writes will do, if the url sets target_session_attrs to any.
  StoreAccess access = StoreAccess::kWrite;
};

// Connects, and makes or updates the tables where they are missing or old.
// INVALID_ARGUMENT: the url is none. UNAVAILABLE: no server answers. FAILED_PRECONDITION: the
// schema is newer than this binary, or the user lacks a privilege.
absl::StatusOr<std::unique_ptr<Store>> OpenPostgresStore(const PostgresOptions& options);

}  // namespace skald

#endif  // SKALD_STORAGE_POSTGRES_POSTGRES_STORE_H_
