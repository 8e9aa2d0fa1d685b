// Says whether a record passes a filter. This is what a filter means: the SQL that
// storage/filter_sql.h makes must choose the same rows.
//
// Text compares bytewise. A saga that lacks a label passes no comparison of it, whatever the
// operator; the NOT of such a comparison holds.
//
// Threading: pure functions.
#ifndef SKALD_STORAGE_FILTER_MATCH_H_
#define SKALD_STORAGE_FILTER_MATCH_H_

#include "skald/v1/record.pb.h"
#include "storage/filter.h"

namespace skald {

// `filter` must have been parsed for the subject of the record.
[[nodiscard]] bool Matches(const Filter& filter, const v1::SagaRecord& saga);
[[nodiscard]] bool Matches(const Filter& filter, const v1::DeadLetterRecord& dead_letter);

}  // namespace skald

#endif  // SKALD_STORAGE_FILTER_MATCH_H_
