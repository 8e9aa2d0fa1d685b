// Exclusive keys as rows. What a claim means is told in storage/store.h.
//
// Threading: confined, as connections are.
#ifndef SKALD_STORAGE_SQLITE_EXCLUSIVE_KEYS_H_
#define SKALD_STORAGE_SQLITE_EXCLUSIVE_KEYS_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/sqlite/connection.h"
#include "storage/store.h"

namespace skald::sqlite {

// Whether `saga` may become its key's holder now.
absl::StatusOr<bool> MayTakeKey(Connection& connection, const v1::SagaRecord& saga);

// Carries out a claim of a change that was stored in this transaction; a kTake only if it may.
absl::Status WriteClaim(Connection& connection, KeyClaim claim, const v1::SagaRecord& saga);

absl::StatusOr<KeyHolder> FindKey(Connection& connection, std::string_view key);

}  // namespace skald::sqlite

#endif  // SKALD_STORAGE_SQLITE_EXCLUSIVE_KEYS_H_
