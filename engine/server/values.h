// Settings' values as people write them: "5s", "1MiB", "true". Pure functions.
#ifndef SKALD_ENGINE_SERVER_VALUES_H_
#define SKALD_ENGINE_SERVER_VALUES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace skald::server {

// Each answers INVALID_ARGUMENT with what was expected, as in "expected a size such as 64KiB or
// 1MiB".

// "250ms", "5s", "1m30s", "2h"; "0" is zero. Not negative.
absl::StatusOr<absl::Duration> ParseDuration(std::string_view text);

// Bytes: "512", "16KiB", "1MiB", "2GiB".
absl::StatusOr<size_t> ParseSize(std::string_view text);

// A whole number.
absl::StatusOr<int64_t> ParseCount(std::string_view text);

// "true" or "false".
absl::StatusOr<bool> ParseTruth(std::string_view text);

// The shortest text that ParseSize reads as the same number.
std::string FormatSize(size_t bytes);

// The password of a URL as ***: "postgres://skald:***@db/skald". Also of "password=..." in its
// query.
std::string MaskSecrets(std::string_view text);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_VALUES_H_
