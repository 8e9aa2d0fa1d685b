// The commits that need more than the one statement: those with claims of exclusive keys, and those
// that bring a definition along.
//
// Threading: functions that share nothing.
#ifndef SKALD_STORAGE_POSTGRES_COMMIT_TRANSACTION_H_
#define SKALD_STORAGE_POSTGRES_COMMIT_TRANSACTION_H_

#include <cstddef>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/postgres/connection.h"
#include "storage/store.h"

namespace skald::postgres {

bool NeedTransaction(std::span<const Change> changes);

// Commits as Store::Commit does. `order`: as CommitOrder has it.
absl::StatusOr<std::vector<ChangeResult>> CommitInTransaction(Connection& connection,
                                                              std::span<const Change> changes,
                                                              const std::vector<size_t>& order);

}  // namespace skald::postgres

#endif  // SKALD_STORAGE_POSTGRES_COMMIT_TRANSACTION_H_
