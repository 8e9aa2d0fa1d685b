#include "admin/skaldctl/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/time/time.h"
#include "base/status.h"

namespace skald::ctl {
namespace {

constexpr absl::Duration kLongestDuration = absl::Hours(24 * 365 * 10);
constexpr uint32_t kBroken = 0xFFFD;

using Range = std::pair<uint32_t, uint32_t>;

// Characters that terminals draw two columns wide, roughly as East Asian Width has it.
constexpr std::array<Range, 9> kWide = {{{0x1100, 0x115F},
                                         {0x2E80, 0xA4CF},
                                         {0xAC00, 0xD7A3},
                                         {0xF900, 0xFAFF},
                                         {0xFE30, 0xFE6F},
                                         {0xFF00, 0xFF60},
                                         {0xFFE0, 0xFFE6},
                                         {0x1F300, 0x1FAFF},
                                         {0x20000, 0x3FFFD}}};

constexpr std::array<Range, 7> kUnprintable = {{{0x0000, 0x001F},
                                                {0x007F, 0x009F},
                                                {0x200B, 0x200F},  // zero width, marks of direction
                                                {0x2028, 0x202E},  // separators, overrides
                                                {0x2060, 0x206F},  // invisible, isolates
                                                {0xFEFF, 0xFEFF},  // byte order mark
                                                {0xE0000, 0xE007F}}};  // tags

template <size_t n>
bool IsIn(const std::array<Range, n>& ranges, uint32_t code_point) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
    return code_point >= range.first && code_point <= range.second;
  });
}

size_t WidthOf(uint32_t code_point) {
  if (code_point >= 0x0300 && code_point <= 0x036F) return 0;  // combining
  return IsIn(kWide, code_point) ? 2 : 1;
}

enum class LineBreaks { kBecomeSpaces, kStay };

std::string Clean(std::string_view text, LineBreaks line_breaks) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    const uint32_t code_point = TakeCharacter(text);
    const std::string_view character = before.substr(0, before.size() - text.size());
    if (code_point == '\n' && line_breaks == LineBreaks::kStay) {
      clean += '\n';
    } else if (code_point == '\n' || code_point == '\r' || code_point == '\t') {
      clean += ' ';
    } else if (IsUnprintable(code_point) || (code_point == kBroken && character.size() == 1)) {
      clean += '?';
    } else {
      clean += character;
    }
  }
  return clean;
}

}  // namespace

bool IsUnprintable(uint32_t code_point) { return IsIn(kUnprintable, code_point); }

uint32_t TakeCharacter(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t length = lead < 0x80             ? 1
                        : (lead & 0xE0) == 0xC0 ? 2
                        : (lead & 0xF0) == 0xE0 ? 3
                        : (lead & 0xF8) == 0xF0 ? 4
                                                : 0;
  uint32_t code_point = length == 1 ? lead : lead & (0x7Fu >> length);
  bool whole = length > 0 && length <= text.size();
  for (size_t i = 1; whole && i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    whole = (byte & 0xC0) == 0x80;
    code_point = code_point << 6 | (byte & 0x3Fu);
  }
  constexpr std::array<uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  if (!whole || code_point < kLeast[length] || code_point > 0x10FFFF ||
      (code_point >= 0xD800 && code_point <= 0xDFFF)) {
    text.remove_prefix(1);
    return kBroken;
  }
  text.remove_prefix(length);
  return code_point;
}

std::string Printable(std::string_view text) { return Clean(text, LineBreaks::kBecomeSpaces); }

std::string PrintableLines(std::string_view text) { return Clean(text, LineBreaks::kStay); }

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) width += WidthOf(TakeCharacter(text));
  return width;
}

std::string Cut(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width == 0) return "";
  std::string_view rest = text;
  size_t used = 0;
  while (true) {
    std::string_view next = rest;
    used += WidthOf(TakeCharacter(next));
    if (used > width - 1) break;
    rest = next;
  }
  return std::string(text.substr(0, text.size() - rest.size())) + "…";
}

std::string CutStart(std::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width == 0) return "";
  while (DisplayWidth(text) > width - 1) TakeCharacter(text);
  return "…" + std::string(text);
}

std::vector<std::string> Wrap(std::string_view text, size_t width) {
  std::vector<std::string> lines;
  while (DisplayWidth(text) > width) {
    std::string_view rest = text;
    std::string_view after_space;
    size_t used = 0;
    while (true) {
      std::string_view next = rest;
      const uint32_t character = TakeCharacter(next);
      used += WidthOf(character);
      // A space may itself stand beyond the last column: it is not printed.
      if (character == ' ' && used <= width + 1) after_space = next;
      if (used > width) break;
      rest = next;
    }
    const bool at_space = !after_space.empty() && after_space.size() < text.size();
    const size_t taken = text.size() - (at_space ? after_space.size() + 1 : rest.size());
    lines.emplace_back(text.substr(0, taken));
    text = at_space ? after_space : rest;
  }
  if (!text.empty()) lines.emplace_back(text);
  return lines;
}

std::string ShortDuration(absl::Duration duration) {
  if (duration < absl::ZeroDuration()) return "0s";
  const int64_t milliseconds = absl::ToInt64Milliseconds(duration);
  const int64_t seconds = milliseconds / 1000;
  if (milliseconds > 0 && seconds == 0) return fmt::format("{}ms", milliseconds);
  const auto two = [](int64_t major, const char* major_unit, int64_t minor,
                      const char* minor_unit) {
    return minor == 0 ? fmt::format("{}{}", major, major_unit)
                      : fmt::format("{}{}{}{}", major, major_unit, minor, minor_unit);
  };
  if (seconds < 120) return fmt::format("{}s", seconds);
  if (seconds < 600) return two(seconds / 60, "m", seconds % 60, "s");
  if (seconds < 3 * 3600) return fmt::format("{}m", seconds / 60);
  if (seconds < 8 * 3600) return two(seconds / 3600, "h", seconds / 60 % 60, "m");
  if (seconds < 48 * 3600) return fmt::format("{}h", seconds / 3600);
  if (seconds < 8 * 86400) return two(seconds / 86400, "d", seconds / 3600 % 24, "h");
  return fmt::format("{}d", seconds / 86400);
}

absl::StatusOr<absl::Duration> ParseDuration(std::string_view text) {
  absl::Duration days = absl::ZeroDuration();
  std::string_view rest = text;
  // Abseil knows no days.
  if (const size_t digits = text.find_first_not_of("0123456789");
      digits > 0 && digits < 6 && digits < text.size() && text[digits] == 'd') {
    days = absl::Hours(24) * std::stoi(std::string(text.substr(0, digits)));
    rest.remove_prefix(digits + 1);
  }
  absl::Duration parsed = absl::ZeroDuration();
  const bool only_days = rest.empty() && !text.empty();
  if (!only_days && (!absl::ParseDuration(std::string(rest), &parsed) || rest.front() == '-')) {
    return InvalidArgument("'{}' is not a duration: write 500ms, 90s, 1h30m or 7d",
                           Printable(text));
  }
  if (days + parsed > kLongestDuration) {
    return InvalidArgument("'{}' is longer than ten years", Printable(text));
  }
  return days + parsed;
}

absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(absl::ToUnixSeconds(time));
  timestamp.set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(timestamp.seconds()))));
  return timestamp;
}

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

google::protobuf::Duration ToProtoDuration(absl::Duration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(absl::ToInt64Seconds(duration));
  proto.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(duration - absl::Seconds(proto.seconds()))));
  return proto;
}

std::string FullTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", ToTime(timestamp), absl::UTCTimeZone());
}

}  // namespace skald::ctl
