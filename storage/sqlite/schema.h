// Whether a SQLite file is a database of Skald that this program understands.
//
// Threading: pure functions.
#ifndef SKALD_STORAGE_SQLITE_SCHEMA_H_
#define SKALD_STORAGE_SQLITE_SCHEMA_H_

#include <string>

#include "absl/status/status.h"
#include "storage/sqlite/connection.h"

namespace skald::sqlite {

// Makes the tables in an empty file, and brings those of an older schema version up to date;
// changes nothing in a file that is not ours. FAILED_PRECONDITION: it is not ours, or its schema
// version is newer than this program.
absl::Status PrepareSchema(Connection& connection, const std::string& path);

// Changes nothing. FAILED_PRECONDITION: it is not ours, or has another schema version than this
// program knows.
absl::Status CheckSchema(Connection& connection, const std::string& path);

}  // namespace skald::sqlite

#endif  // SKALD_STORAGE_SQLITE_SCHEMA_H_
