// The journal of a book: one row for each effect that a call had, written in the transaction that
// had it. It is what the checker reads: the tables of stock and money show where things ended, the
// journal shows how often each thing was done.
#ifndef SKALD_EXAMPLES_SHARED_JOURNAL_H_
#define SKALD_EXAMPLES_SHARED_JOURNAL_H_

#include <sqlite3.h>

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "participant/call_info.h"

namespace demo {

absl::Status CreateJournal(sqlite3* db);

// `effect`: "reserve", "release"; `subject`: the order or the transfer that it was done for.
absl::Status WriteJournal(sqlite3* db, const skald::participant::CallInfo& call,
                          std::string_view effect, std::string_view subject, int64_t amount);

}  // namespace demo

#endif  // SKALD_EXAMPLES_SHARED_JOURNAL_H_
