// What an error of PostgreSQL's means to a caller of the store.
//
// Threading: a pure function.
#ifndef SKALD_STORAGE_POSTGRES_SQLSTATE_H_
#define SKALD_STORAGE_POSTGRES_SQLSTATE_H_

#include <string_view>

#include "absl/status/status.h"

namespace skald::postgres {

// The codes are those of storage/store.h; INVALID_ARGUMENT: a value that PostgreSQL cannot hold,
// such as text with a NUL. `state` is the five characters of SQLSTATE, empty if there were none;
// https://www.postgresql.org/docs/15/errcodes-appendix.html has them all.
absl::Status FromSqlState(std::string_view state, std::string_view message);

}  // namespace skald::postgres

#endif  // SKALD_STORAGE_POSTGRES_SQLSTATE_H_
