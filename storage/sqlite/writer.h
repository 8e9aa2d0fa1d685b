// Writes one change into the tables, within a transaction that the caller has begun.
//
// Threading: confined.
#ifndef SKALD_STORAGE_SQLITE_WRITER_H_
#define SKALD_STORAGE_SQLITE_WRITER_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/sqlite/connection.h"
#include "storage/store.h"

namespace skald::sqlite {

// `epochs`: of all shards, as this transaction sees them. After an error the transaction must be
// rolled back; after a result other than kStored nothing was written.
absl::StatusOr<ChangeResult> WriteChange(Connection& connection, const Change& change,
                                         const std::vector<int64_t>& epochs);

}  // namespace skald::sqlite

#endif  // SKALD_STORAGE_SQLITE_WRITER_H_
