// A filter as the condition of a WHERE clause. Values never become part of the text: they are
// bound.
//
//   const FilterSql where = ToSql(filter, FilterSubject::kSagas, kSqliteDialect, /*first=*/1);
//   // where.text: "((status = ?1) AND COALESCE(<label ?2> = ?3, FALSE))"
//   // where.values: {1, "k", "v"}
//
// Tables of sagas have the columns id, definition, version, status, paused, cause, created_us and
// what the dialect says of labels; tables of dead letters saga_id, definition, version, cause,
// created_us, step and closed_us (0: open). None of them may be null, and text must compare
// bytewise.
//
// Threading: pure functions.
#ifndef SKALD_STORAGE_FILTER_SQL_H_
#define SKALD_STORAGE_FILTER_SQL_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "storage/filter.h"

namespace skald {

struct SqlDialect {
  // What stands before a placeholder's number: '?' or '$'.
  char placeholder = '?';
  // The value of a label, or NULL: "(labels ->> {}::text)", where {} becomes the key's placeholder.
  std::string_view label;
  // What follows a text column so that it compares bytewise: " COLLATE \"C\"".
  std::string_view collation;
};

inline constexpr SqlDialect kSqliteDialect = {
    '?', "(SELECT value FROM json_each(labels) WHERE key = {})", ""};

// Works whatever the database's locale is.
inline constexpr SqlDialect kPostgresDialect = {'$', "(labels ->> {}::text)", " COLLATE \"C\""};

using SqlValue = std::variant<std::string, int64_t, bool>;

struct FilterSql {
  // "TRUE" where the filter lets everything pass.
  std::string text;
  // For the placeholders `first`, `first` + 1, ...
  std::vector<SqlValue> values;
};

// `filter` must have been parsed for `subject`.
FilterSql ToSql(const Filter& filter, FilterSubject subject, const SqlDialect& dialect, int first);

}  // namespace skald

#endif  // SKALD_STORAGE_FILTER_SQL_H_
