// SKALD_CHECK(condition, format, ...): for what cannot happen. On in release builds: an engine that
// has lost track of the truth must stop before it writes it down.
#ifndef SKALD_BASE_CHECK_H_
#define SKALD_BASE_CHECK_H_

#include <fmt/core.h>

#include <string>

namespace skald::internal {

// Prints where and what to stderr, then aborts.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              const std::string& message);

}  // namespace skald::internal

#define SKALD_CHECK(condition, ...) \
  (static_cast<bool>(condition)     \
       ? static_cast<void>(0)       \
       : ::skald::internal::CheckFailed(__FILE__, __LINE__, #condition, fmt::format(__VA_ARGS__)))

#endif  // SKALD_BASE_CHECK_H_
