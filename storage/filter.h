// The one filter grammar of API, command line and console, as a tree.
//
//   definition = "place_order" AND status = DEAD_LETTERED AND age > 1h
//   label.customer = "c-17" OR NOT (paused = true)
//
//   filter     = [ or ]                         (empty: everything)
//   or         = and { "OR" and }
//   and        = unary { "AND" unary }
//   unary      = [ "NOT" ] ( comparison | "(" or ")" )
//   comparison = field ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
//   value      = word | "quoted, with \" and \\" | duration such as 90s, 5m, 1h, 7d
//
// A plain value. Stores turn it into SQL with bound parameters, or evaluate it.
#ifndef SKALD_STORAGE_FILTER_H_
#define SKALD_STORAGE_FILTER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace skald {

// What a filter may name. `age` and `created` are both about the creation time; `age > 1h` becomes
// `created < now - 1h` when it is parsed.
enum class FilterField {
  kId,          // saga id
  kDefinition,  // name, without version
  kVersion,     // of the definition
  kStatus,      // RUNNING ...; sagas only
  kPaused,      // true, false; sagas only
  kCause,       // REJECTED, EXHAUSTED, ...
  kCreated,     // RFC 3339 time
  kStep,        // path of the failed step; dead letters only
  kOpen,        // true, false; dead letters only
  kLabel,       // label.<key>; sagas only
};

struct FilterComparison {
  enum class Operator { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
  FilterField field = FilterField::kId;
  // Of kLabel.
  std::string label;
  Operator op = Operator::kEqual;
  // By field: text (kId, kDefinition, kStep, kLabel), whole number (kVersion, kStatus and kCause by
  // enum number, kCreated in microseconds), truth (kPaused, kOpen).
  std::variant<std::string, int64_t, bool> value;
};

struct Filter {
  enum class Kind { kEverything, kComparison, kAnd, kOr, kNot };
  Kind kind = Kind::kEverything;
  FilterComparison comparison;
  // Two or more of kAnd and kOr, one of kNot.
  std::vector<Filter> operands;

  // True if a comparison anywhere in it is about `field`.
  [[nodiscard]] bool Names(FilterField field) const;
};

enum class FilterSubject { kSagas, kDeadLetters };

// INVALID_ARGUMENT: the message gives the column, what was found and what was expected there, and
// for an unknown field or value the nearest known one:
//   "filter, column 14: unknown status 'RUNING': did you mean RUNNING?"
// `now` is what ages are counted from. At most 4 KiB, nested at most 32 deep.
absl::StatusOr<Filter> ParseFilter(std::string_view text, FilterSubject subject, absl::Time now);

}  // namespace skald

#endif  // SKALD_STORAGE_FILTER_H_
