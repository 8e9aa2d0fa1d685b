#include "engine/server/read_start.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string>

#include "base/status.h"
#include "base/text.h"
#include "engine/server/errors.h"
#include "engine/server/input_message.h"

namespace skald::server {
namespace {

constexpr size_t kMostLabelKey = 63;
constexpr size_t kMostKey = 256;
constexpr int kLastTier = 2;

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

// UTF-8 without control characters: it stands in tables, logs and error texts.
bool IsVisibleText(std::string_view text) {
  if (CleanText(text, text.size()) != text) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return false;
    // U+0080 to U+009F.
    if (byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) return false;
  }
  return true;
}

absl::Status BadKey(const std::string& what) {
  return BadField("input", "INVALID_EXCLUSIVE_KEY", "the exclusive key made of it " + what);
}

absl::StatusOr<std::string> MakeExclusiveKey(const Definition& definition,
                                             const std::string& input) {
  if (!definition.exclusive.has_value()) return std::string();
  absl::StatusOr<std::string> key = definition.exclusive->key(input);
  if (!key.ok()) {
    return BadKey(fmt::format("by {} is none: {}", Label(definition), Message(key.status())));
  }
  if (key->size() > kMostKey) {
    return BadKey(fmt::format("has {} bytes, at most {} are kept", key->size(), kMostKey));
  }
  if (!IsVisibleText(*key)) return BadKey("is no UTF-8 text without control characters");
  return key;
}

// A deadline or start time that has passed is taken as it is: a client that repeats its start late
// still means the same saga, and a new saga turns back before anything is sent, or begins at once.
absl::Status ReadTimes(const v1::StartSagaRequest& request, runtime::StartRequest& start) {
  if (request.has_deadline()) {
    SKALD_ASSIGN_OR_RETURN(start.deadline,
                           ReadTime(request.deadline(), "deadline", "INVALID_DEADLINE"));
  }
  if (!request.has_start_at()) return absl::OkStatus();
  SKALD_ASSIGN_OR_RETURN(start.start_at,
                         ReadTime(request.start_at(), "start_at", "INVALID_START_TIME"));
  if (start.deadline > start.start_at) return absl::OkStatus();
  return BadField("deadline", "INVALID_DEADLINE",
                  "it is not after start_at: the saga could only turn back");
}

}  // namespace

absl::StatusOr<runtime::StartRequest> ReadStart(const v1::StartSagaRequest& request,
                                                const Registry& registry, const InputLimits& limits,
                                                absl::Time now) {
  runtime::StartRequest start;
  SKALD_ASSIGN_OR_RETURN(start.definition,
                         FindDefinition(registry, request.definition(), request.version()));
  start.saga_id = request.saga_id().empty() ? NewSagaId(now) : request.saga_id();
  SKALD_RETURN_IF_ERROR(CheckSagaId(start.saga_id, limits.request.id));
  SKALD_ASSIGN_OR_RETURN(start.labels, ReadLabels(request.labels(), limits.request));
  SKALD_RETURN_IF_ERROR(ReadTimes(request, start));
  if (request.has_tier()) start.tier = request.tier();
  if (start.tier < 0 || start.tier > kLastTier) {
    return BadField("tier", "INVALID_TIER",
                    fmt::format("expected 0 (critical), 1 (normal) or {} (best effort), got {}",
                                kLastTier, start.tier));
  }
  SKALD_ASSIGN_OR_RETURN(
      start.input, ReadMessage({.message = request.has_input() ? &request.input() : nullptr,
                                .json = request.has_input_json() ? &request.input_json() : nullptr,
                                .taker = Label(*start.definition),
                                .field = "input",
                                .json_field = "input_json",
                                .wrong_type = "WRONG_INPUT_TYPE",
                                .unparsable = "UNPARSABLE_INPUT"},
                               start.definition->state_type));
  if (start.input.size() > limits.state) {
    return BadField("input", "STATE_TOO_LARGE",
                    fmt::format("the state has {} bytes, at most {} are kept", start.input.size(),
                                limits.state));
  }
  SKALD_ASSIGN_OR_RETURN(start.exclusive_key, MakeExclusiveKey(*start.definition, start.input));
  return start;
}

}  // namespace skald::server
