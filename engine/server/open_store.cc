#include "engine/server/open_store.h"

#include <string>
#include <string_view>

#include "base/status.h"
#include "engine/server/values.h"
#include "storage/postgres/postgres_store.h"
#include "storage/sqlite/sqlite_store.h"

namespace skald::server {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

}  // namespace

absl::Status CheckStore(const Config& config) {
  for (const std::string_view known :
       {kSqlite, std::string_view("postgres://"), std::string_view("postgresql://")}) {
    if (config.store.starts_with(known) && config.store.size() > known.size()) {
      return absl::OkStatus();
    }
  }
  return InvalidArgument(
      "store: '{}' names no store: expected sqlite:<path> or postgres://user@host/database",
      MaskSecrets(config.store));
}

absl::StatusOr<std::unique_ptr<Store>> OpenStore(const Config& config, StoreAccess access) {
  if (config.store.starts_with(kSqlite)) {
    return OpenSqliteStore({.path = config.store.substr(kSqlite.size()), .access = access});
  }
  return OpenPostgresStore(
      {.url = config.store, .read_connections = config.readers.threads, .access = access});
}

}  // namespace skald::server
