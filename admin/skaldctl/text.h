// Text from servers and participants made fit for a terminal, and times as people write them.
// Threading: plain functions.
#ifndef SKALD_ADMIN_SKALDCTL_TEXT_H_
#define SKALD_ADMIN_SKALDCTL_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace skald::ctl {

// True for what must not reach a terminal as it is: C0 and C1 control characters, DEL, and the
// invisible ones that reorder or hide what stands next to them.
bool IsUnprintable(uint32_t code_point);

// Takes the first character off `text`, which must not be empty: its code point, or 0xFFFD for a
// byte that is no UTF-8.
uint32_t TakeCharacter(std::string_view& text);

// One line that is safe to print: line breaks and tabs become spaces, other unprintable characters
// and broken UTF-8 become '?'.
std::string Printable(std::string_view text);

// As Printable, but line breaks stay.
std::string PrintableLines(std::string_view text);

// Columns that `text` takes on a terminal.
size_t DisplayWidth(std::string_view text);

// At most `width` columns; where something was cut off, the last one is '…'.
std::string Cut(std::string_view text, size_t width);

// As Cut, but what is cut off stood at the beginning.
std::string CutStart(std::string_view text, size_t width);

// Lines of at most `width` columns, broken at spaces where there are any.
std::vector<std::string> Wrap(std::string_view text, size_t width);

// "850ms", "42s", "3m20s", "2h5m", "3d4h", "41d": as kubectl writes ages. Negative ones become
// "0s".
std::string ShortDuration(absl::Duration duration);

// "500ms", "90s", "1h30m", "7d". INVALID_ARGUMENT: not a duration, negative, or over ten years.
absl::StatusOr<absl::Duration> ParseDuration(std::string_view text);

absl::Time ToTime(const google::protobuf::Timestamp& timestamp);
google::protobuf::Timestamp ToTimestamp(absl::Time time);
google::protobuf::Duration ToProtoDuration(absl::Duration duration);
absl::Duration ToDuration(const google::protobuf::Duration& duration);

// RFC 3339 in UTC, to the millisecond.
std::string FullTime(const google::protobuf::Timestamp& timestamp);

}  // namespace skald::ctl

#endif  // SKALD_ADMIN_SKALDCTL_TEXT_H_
