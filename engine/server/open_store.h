// The store that the configuration names.
//
// Threading: functions that share nothing.
#ifndef SKALD_ENGINE_SERVER_OPEN_STORE_H_
#define SKALD_ENGINE_SERVER_OPEN_STORE_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/server/config.h"
#include "storage/store.h"

namespace skald::server {

// INVALID_ARGUMENT: the setting names no store of ours.
absl::Status CheckStore(const Config& config);

// Errors: those of the store.
absl::StatusOr<std::unique_ptr<Store>> OpenStore(const Config& config, StoreAccess access);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_OPEN_STORE_H_
