#include "engine/server/input.h"

#include <fmt/core.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/check.h"
#include "base/status.h"
#include "base/text.h"
#include "engine/server/errors.h"

namespace skald::server {
namespace {

constexpr int kDefaultPage = 50;
constexpr int32_t kNanosInSecond = 1'000'000'000;
// Bounds of google.protobuf.Timestamp (years 1 to 9999) and Duration (10,000 years).
constexpr int64_t kLeastTimestamp = -62'135'596'800;
constexpr int64_t kMostTimestamp = 253'402'300'799;
constexpr int64_t kMostDuration = 315'576'000'000;

bool IsVisibleAscii(char c) { return c > ' ' && c <= '~'; }

}  // namespace

absl::StatusOr<const Definition*> FindDefinition(const Registry& registry, const std::string& name,
                                                 int version) {
  if (const Definition* definition = registry.Find(name, version)) return definition;
  const std::vector<int> versions = registry.Versions(name);
  const std::string shown = CleanText(name, 100);
  if (versions.empty()) {
    std::vector<std::string> names;
    for (const Definition* definition : registry.All()) names.push_back(definition->name);
    const std::string_view nearest = Nearest(shown, names);
    return WithField(
        WithReason(NotFound("there is no definition '{}'{}", shown,
                            nearest.empty() ? "" : fmt::format(": did you mean '{}'?", nearest)),
                   "UNKNOWN_DEFINITION", {{"definition", shown}}),
        "definition");
  }
  std::string known;
  for (const int each : versions) known += fmt::format("{}{}", known.empty() ? "" : ", ", each);
  return WithField(WithReason(NotFound("definition '{}' has no version {}: this server has {}",
                                       shown, version, known),
                              "UNKNOWN_VERSION", {{"definition", shown}, {"versions", known}}),
                   "version");
}

absl::Status CheckSagaId(std::string_view id, int most) {
  const bool good =
      !id.empty() && id.size() <= static_cast<size_t>(most) &&
      std::all_of(id.begin(), id.end(), [](char c) { return IsVisibleAscii(c) && c != '/'; });
  if (good) return absl::OkStatus();
  return BadField(
      "saga_id", "INVALID_ID",
      fmt::format("expected 1 to {} bytes of visible ASCII without '/', got {} bytes{}", most,
                  id.size(), id.empty() ? "" : fmt::format(": '{}'", CleanText(id, 40))));
}

absl::StatusOr<std::optional<absl::Duration>> ReadWait(const google::protobuf::Duration* wait,
                                                       std::string_view field) {
  if (wait == nullptr) return std::optional<absl::Duration>();
  if (wait->seconds() < 0 || wait->nanos() < 0) {
    return BadField(field, "INVALID_DURATION", "it is negative");
  }
  if (wait->seconds() > kMostDuration || wait->nanos() >= kNanosInSecond) {
    return BadField(field, "INVALID_DURATION", "this is no valid duration");
  }
  return std::optional(absl::Seconds(wait->seconds()) + absl::Nanoseconds(wait->nanos()));
}

absl::StatusOr<absl::Time> ReadTime(const google::protobuf::Timestamp& time, std::string_view field,
                                    std::string_view reason) {
  if (time.seconds() < kLeastTimestamp || time.seconds() > kMostTimestamp || time.nanos() < 0 ||
      time.nanos() >= kNanosInSecond) {
    return BadField(field, reason, "this is no valid timestamp");
  }
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

absl::StatusOr<int> ReadPageSize(int size, int most) {
  if (size < 0) return BadField("page_size", "INVALID_PAGE_SIZE", "it is negative");
  return std::min(size == 0 ? kDefaultPage : size, most);
}

std::string NewSagaId(absl::Time now) {
  std::array<unsigned char, 16> bytes;
  SKALD_CHECK(getentropy(bytes.data(), bytes.size()) == 0, "the kernel gives no random bytes");
  const int64_t millis = absl::ToUnixMillis(now);
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<unsigned char>(millis >> (8 * (5 - i)) & 0xFF);
  bytes[6] = static_cast<unsigned char>(0x70 | (bytes[6] & 0x0F));
  bytes[8] = static_cast<unsigned char>(0x80 | (bytes[8] & 0x3F));
  std::string id;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) id += '-';
    id += fmt::format("{:02x}", bytes[i]);
  }
  return id;
}

}  // namespace skald::server
