// The embedded default: everything in one SQLite file, one process at a time.
//
//   SKALD_ASSIGN_OR_RETURN(std::unique_ptr<Store> store, OpenSqliteStore({.path = "skald.db"}));
//
// Threading: locked. One connection writes; several read beside it, each a snapshot of its own.
#ifndef SKALD_STORAGE_SQLITE_SQLITE_STORE_H_
#define SKALD_STORAGE_SQLITE_SQLITE_STORE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "storage/store.h"

namespace skald {

struct SqliteOptions {
  // Made where it is missing; its directory must exist. "<path>.lock", "<path>-wal" and
  // "<path>-shm" stand beside it.
  std::string path;
  // How long to wait for a tool, such as a backup, that holds the file locked.
  absl::Duration busy_timeout = absl::Seconds(5);
  // kRead: the file must be there, and another process may have it open.
  StoreAccess access = StoreAccess::kWrite;
};

// FAILED_PRECONDITION: another process has the file open, its directory is missing, it is not a
// database of Skald, or its schema is one that this program does not know. UNAVAILABLE: the system
// says no. DATA_LOSS: the file is damaged.
absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(SqliteOptions options);

}  // namespace skald

#endif  // SKALD_STORAGE_SQLITE_SQLITE_STORE_H_
