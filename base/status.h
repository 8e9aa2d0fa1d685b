// Helpers around absl::Status: errors from a format string, and early returns.
//
//   if (id.empty()) return InvalidArgument("saga_id is empty: give one or leave the field out");
//   SKALD_ASSIGN_OR_RETURN(SagaRecord record, Load(id));
//   SKALD_RETURN_IF_ERROR(Store(record));
//
// Debian's Abseil has a string_view of its own; these helpers are where it meets std's.
#ifndef SKALD_BASE_STATUS_H_
#define SKALD_BASE_STATUS_H_

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace skald {

using absl::Status;
using absl::StatusCode;
using absl::StatusOr;

// The status's message as std types.
inline std::string_view Message(const Status& status) {
  return {status.message().data(), status.message().size()};
}

// "FAILED_PRECONDITION", as gRPC writes it.
std::string_view CodeName(StatusCode code);

template <typename... Args>
Status Error(StatusCode code, fmt::format_string<Args...> format, Args&&... args) {
  return Status(code, fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
Status InvalidArgument(fmt::format_string<Args...> format, Args&&... args) {
  return Error(StatusCode::kInvalidArgument, format, std::forward<Args>(args)...);
}
template <typename... Args>
Status NotFound(fmt::format_string<Args...> format, Args&&... args) {
  return Error(StatusCode::kNotFound, format, std::forward<Args>(args)...);
}
template <typename... Args>
Status FailedPrecondition(fmt::format_string<Args...> format, Args&&... args) {
  return Error(StatusCode::kFailedPrecondition, format, std::forward<Args>(args)...);
}
template <typename... Args>
Status Unavailable(fmt::format_string<Args...> format, Args&&... args) {
  return Error(StatusCode::kUnavailable, format, std::forward<Args>(args)...);
}
template <typename... Args>
Status Internal(fmt::format_string<Args...> format, Args&&... args) {
  return Error(StatusCode::kInternal, format, std::forward<Args>(args)...);
}

}  // namespace skald

#define SKALD_CONCAT_INNER(a, b) a##b
#define SKALD_CONCAT(a, b) SKALD_CONCAT_INNER(a, b)

#define SKALD_RETURN_IF_ERROR(expression)                                                     \
  do {                                                                                        \
    if (::skald::Status skald_status = (expression); !skald_status.ok()) return skald_status; \
  } while (false)

#define SKALD_ASSIGN_OR_RETURN(declaration, expression) \
  SKALD_ASSIGN_OR_RETURN_INNER(SKALD_CONCAT(skald_result_, __LINE__), declaration, expression)

#define SKALD_ASSIGN_OR_RETURN_INNER(result, declaration, expression) \
  auto result = (expression);                                         \
  if (!result.ok()) return std::move(result).status();                \
  declaration = *std::move(result)

#endif  // SKALD_BASE_STATUS_H_
