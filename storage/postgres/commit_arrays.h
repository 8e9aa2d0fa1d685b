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

Parameters CommitParameters(std::span<const Change> changes, const std::vector<size_t>& order);

// One for each change, in the order of the changes. `refused`: the rows that kCommit answered.
std::vector<ChangeResult> CommitResults(const Rows& refused, const std::vector<size_t>& order);

}  // namespace skald::postgres

#endif  // SKALD_STORAGE_POSTGRES_COMMIT_ARRAYS_H_
