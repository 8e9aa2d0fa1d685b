#include "storage/postgres/sqlstate.h"

#include <algorithm>

#include "base/status.h"

namespace skald::postgres {
namespace {

struct Meaning {
  // A whole state, or the two characters of its class.
  std::string_view state;
  StatusCode code;
  std::string_view advice;
};

// The first that fits counts.
constexpr Meaning kMeanings[] = {
    {"08", StatusCode::kUnavailable, "the connection to the database failed"},
    {"22021", StatusCode::kInvalidArgument, "text that PostgreSQL cannot hold"},
    {"22P05", StatusCode::kInvalidArgument, "text that PostgreSQL cannot hold"},
    {"25006", StatusCode::kUnavailable, "the database is read-only"},
    {"28", StatusCode::kFailedPrecondition, "the database refuses this user"},
    {"3D000", StatusCode::kFailedPrecondition, "there is no such database"},
    {"3F000", StatusCode::kFailedPrecondition, "the search_path names no schema"},
    {"40", StatusCode::kUnavailable, "the database gave another transaction precedence"},
    {"42501", StatusCode::kFailedPrecondition, "the database user lacks a privilege"},
    {"42703", StatusCode::kFailedPrecondition, "Skald's schema is not in this database"},
    {"42P01", StatusCode::kFailedPrecondition, "Skald's schema is not in this database"},
    {"53100", StatusCode::kResourceExhausted, "the database's disk is full"},
    {"53", StatusCode::kUnavailable, "the database is short of resources"},
    {"55P03", StatusCode::kUnavailable, "the database is busy"},
    {"57", StatusCode::kUnavailable, "the database stopped the statement"},
};

}  // namespace

absl::Status FromSqlState(std::string_view state, std::string_view message) {
  while (!message.empty() && message.back() == '\n') message.remove_suffix(1);
  const auto* const meaning =
      std::find_if(std::begin(kMeanings), std::end(kMeanings), [state](const Meaning& candidate) {
        return state.substr(0, candidate.state.size()) == candidate.state;
      });
  if (meaning == std::end(kMeanings)) {
    return Internal("PostgreSQL says something unexpected, SQLSTATE {}: {}",
                    state.empty() ? "unknown" : state, message);
  }
  return Error(meaning->code, "{} (SQLSTATE {}): {}", meaning->advice, state, message);
}

}  // namespace skald::postgres
