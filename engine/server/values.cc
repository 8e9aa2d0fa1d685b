#include "engine/server/values.h"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <limits>

#include "base/status.h"

namespace skald::server {
namespace {

struct Unit {
  std::string_view name;
  size_t bytes;
};

constexpr std::array<Unit, 3> kUnits = {
    {{"GiB", size_t{1} << 30}, {"MiB", size_t{1} << 20}, {"KiB", size_t{1} << 10}}};

template <typename Number>
bool ParseNumber(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

absl::StatusOr<absl::Duration> ParseDuration(std::string_view text) {
  absl::Duration duration;
  const std::string copy(text);
  if (!absl::ParseDuration(copy, &duration) || duration < absl::ZeroDuration() ||
      duration == absl::InfiniteDuration()) {
    return InvalidArgument("expected a duration such as 250ms, 5s or 1h");
  }
  return duration;
}

absl::StatusOr<size_t> ParseSize(std::string_view text) {
  const absl::Status error = InvalidArgument("expected a size such as 512, 64KiB or 1MiB");
  size_t factor = 1;
  for (const Unit& unit : kUnits) {
    if (text.size() > unit.name.size() &&
        text.substr(text.size() - unit.name.size()) == unit.name) {
      factor = unit.bytes;
      text.remove_suffix(unit.name.size());
      if (text.back() == ' ') text.remove_suffix(1);
      break;
    }
  }
  size_t number = 0;
  if (!ParseNumber(text, number)) return error;
  if (number > std::numeric_limits<size_t>::max() / factor) return error;
  return number * factor;
}

absl::StatusOr<int64_t> ParseCount(std::string_view text) {
  int64_t number = 0;
  if (!ParseNumber(text, number)) return InvalidArgument("expected a whole number");
  return number;
}

absl::StatusOr<bool> ParseTruth(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return InvalidArgument("expected true or false");
}

std::string FormatSize(size_t bytes) {
  for (const Unit& unit : kUnits) {
    if (bytes >= unit.bytes && bytes % unit.bytes == 0)
      return fmt::format("{}{}", bytes / unit.bytes, unit.name);
  }
  return fmt::format("{}", bytes);
}

std::string MaskSecrets(std::string_view text) {
  std::string masked(text);
  if (const size_t scheme = masked.find("://"); scheme != std::string::npos) {
    const size_t from = scheme + 3;
    const size_t path = masked.find_first_of("/?", from);
    // The last '@' before the path: a password may hold one itself.
    const size_t at = masked.substr(0, path).rfind('@');
    const size_t colon = masked.find(':', from);
    if (at != std::string::npos && at > from && colon < at) {
      masked.replace(colon + 1, at - colon - 1, "***");
    }
  }
  constexpr std::string_view kKey = "password=";
  for (size_t found = masked.find(kKey); found != std::string::npos;
       found = masked.find(kKey, found + kKey.size())) {
    const size_t from = found + kKey.size();
    const size_t end = masked.find_first_of("& ", from);
    masked.replace(from, (end == std::string::npos ? masked.size() : end) - from, "***");
  }
  return masked;
}

}  // namespace skald::server
