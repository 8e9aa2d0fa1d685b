#include "engine/server/input.h"

#include <fmt/core.h>
#include <google/protobuf/timestamp.pb.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/check.h"
#include "base/status.h"
#include "base/text.h"
#include "engine/server/errors.h"
#include "engine/server/input_message.h"

namespace skald::server {
namespace {

constexpr int kDefaultPage = 50;
constexpr size_t kMostLabelKey = 63;
constexpr int32_t kNanosInSecond = 1'000'000'000;
// Bounds of google.protobuf.Timestamp (years 1 to 9999) and Duration (10,000 years).
constexpr int64_t kLeastTimestamp = -62'135'596'800;
constexpr int64_t kMostTimestamp = 253'402'300'799;
constexpr int64_t kMostDuration = 315'576'000'000;

absl::Status BadField(std::string_view field, std::string_view reason, std::string what) {
  return WithField(WithReason(InvalidArgument("{}: {}", field, what), reason), field);
}

bool IsVisibleAscii(char c) { return c > ' ' && c <= '~'; }

bool IsLabelKey(std::string_view key) {
  return !key.empty() && key.size() <= kMostLabelKey &&
         std::all_of(key.begin(), key.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-' || c == '.';
         });
}

absl::StatusOr<std::map<std::string, std::string>> ReadLabels(
    const google::protobuf::Map<std::string, std::string>& labels, const RequestLimits& limits) {
  if (labels.size() > static_cast<size_t>(limits.labels)) {
    return BadField("labels", "INVALID_LABEL",
                    fmt::format("{} labels, at most {} are kept", labels.size(), limits.labels));
  }
  std::map<std::string, std::string> result;
  for (const auto& [key, value] : labels) {
    if (!IsLabelKey(key)) {
      return BadField(
          "labels", "INVALID_LABEL",
          fmt::format("a key must be 1 to {} letters, digits, '_', '-' or '.'", kMostLabelKey));
    }
    if (value.size() > static_cast<size_t>(limits.label) ||
        CleanText(value, value.size()) != value) {
      return BadField(
          "labels", "INVALID_LABEL",
          fmt::format("the value of '{}' has {} bytes; expected at most {} of UTF-8 without NUL",
                      key, value.size(), limits.label));
    }
    result.emplace(key, value);
  }
  return result;
}

// One that has passed is taken as it is: a client that repeats its start late still means the same
// saga, and a new saga turns back before anything is sent.
absl::StatusOr<absl::Time> ReadDeadline(const google::protobuf::Timestamp& deadline) {
  if (deadline.seconds() < kLeastTimestamp || deadline.seconds() > kMostTimestamp ||
      deadline.nanos() < 0 || deadline.nanos() >= kNanosInSecond) {
    return BadField("deadline", "INVALID_DEADLINE", "this is no valid timestamp");
  }
  return absl::FromUnixSeconds(deadline.seconds()) + absl::Nanoseconds(deadline.nanos());
}

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

absl::StatusOr<runtime::StartRequest> ReadStart(const v1::StartSagaRequest& request,
                                                const Registry& registry, const InputLimits& limits,
                                                absl::Time now) {
  runtime::StartRequest start;
  SKALD_ASSIGN_OR_RETURN(start.definition,
                         FindDefinition(registry, request.definition(), request.version()));
  start.saga_id = request.saga_id().empty() ? NewSagaId(now) : request.saga_id();
  SKALD_RETURN_IF_ERROR(CheckSagaId(start.saga_id, limits.request.id));
  SKALD_ASSIGN_OR_RETURN(start.labels, ReadLabels(request.labels(), limits.request));
  if (request.has_deadline()) {
    SKALD_ASSIGN_OR_RETURN(start.deadline, ReadDeadline(request.deadline()));
  }
  SKALD_ASSIGN_OR_RETURN(start.input, ReadInputMessage(request, Label(*start.definition),
                                                       start.definition->state_type));
  if (start.input.size() > limits.state) {
    return BadField("input", "STATE_TOO_LARGE",
                    fmt::format("the state has {} bytes, at most {} are kept", start.input.size(),
                                limits.state));
  }
  return start;
}

}  // namespace skald::server
