// The claims of a commit's changes, within its transaction (kLockKeys to kWriteKeys in sql.h).
//
// Threading: functions that share nothing.
#ifndef SKALD_STORAGE_POSTGRES_KEY_CLAIMS_H_
#define SKALD_STORAGE_POSTGRES_KEY_CLAIMS_H_

#include <span>
#include <vector>

#include "absl/status/status.h"
#include "storage/postgres/connection.h"
#include "storage/store.h"

namespace skald::postgres {

bool HaveClaims(std::span<const Change> changes);

// Locks the keys that the changes claim until the transaction ends.
absl::Status LockKeys(Transaction& transaction, std::span<const Change> changes);

// Carries out the claims of the changes whose result is kStored, of which it makes kKeyTaken those
// that do not get their key. The keys must be locked.
absl::Status ClaimKeys(Transaction& transaction, std::span<const Change> changes,
                       std::vector<ChangeResult>& results);

}  // namespace skald::postgres

#endif  // SKALD_STORAGE_POSTGRES_KEY_CLAIMS_H_
