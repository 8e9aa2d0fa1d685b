// Changes as the array parameters of kCommit (sql.h), and its answer as results.
//
// Threading: functions that share nothing.
#ifndef SKALD_STORAGE_POSTGRES_COMMIT_ARRAYS_H_
#define SKALD_STORAGE_POSTGRES_COMMIT_ARRAYS_H_

#include <cstddef>
#include <span>
#include <vector>

#include "storage/postgres/connection.h"
#include "storage/store.h"

namespace skald::postgres {

// The order in which changes are stored: by saga id, in every commit, so that two commits at once
// wait for each other and never both ways. Aborts if two changes are about one saga.
std::vector<size_t> CommitOrder(std::span<const Change> changes);

// `order`: indices of the changes that are meant, by saga id.
Parameters CommitParameters(std::span<const Change> changes, const std::vector<size_t>& order);
// The same for kForesee.
Parameters ForeseeParameters(std::span<const Change> changes, const std::vector<size_t>& order);

// Sets the results of those that kCommit or kForesee, given the changes in `order`, answered not to
// be stored. `results` has one for each change.
void SetRefused(const Rows& refused, const std::vector<size_t>& order,
                std::vector<ChangeResult>& results);

}  // namespace skald::postgres

#endif  // SKALD_STORAGE_POSTGRES_COMMIT_ARRAYS_H_
