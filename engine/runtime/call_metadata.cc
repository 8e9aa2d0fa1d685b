#include "engine/runtime/call_metadata.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/hash.h"
#include "engine/core/machine.h"
#include "google/rpc/error_details.pb.h"

namespace skald::runtime {
namespace {

// No participant may put a saga to sleep for longer than this with one reply.
constexpr absl::Duration kLongestPushback = absl::Hours(24);

std::string HeaderValue(std::string_view text) {
  std::string value;
  for (const char c : text) {
    if (c > 0x20 && c < 0x7f && c != '%') {
      value += c;
    } else {
      value += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return value;
}

std::string KeyOf(const OutgoingCall& call) {
  return core::IdempotencyKey(call.saga_id, call.attempt.step, call.attempt.phase);
}

// The whole of `text` as a number.
template <typename Number>
std::optional<Number> Parse(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

absl::Duration RetryDelayOf(std::string_view details) {
  google::rpc::Status status;
  if (!status.ParseFromArray(details.data(), static_cast<int>(details.size()))) return {};
  for (const google::protobuf::Any& detail : status.details()) {
    google::rpc::RetryInfo info;
    if (detail.Is<google::rpc::RetryInfo>() && detail.UnpackTo(&info)) {
      return absl::Seconds(info.retry_delay().seconds()) +
             absl::Nanoseconds(info.retry_delay().nanos());
    }
  }
  return {};
}

}  // namespace

std::vector<std::pair<std::string, std::string>> CallMetadata(const OutgoingCall& call) {
  std::vector<std::pair<std::string, std::string>> metadata = {
      {"idempotency-key", HeaderValue(KeyOf(call))},
      {"skald-saga-id", HeaderValue(call.saga_id)},
      {"skald-definition", HeaderValue(call.definition)},
      {"skald-step", HeaderValue(call.attempt.step)},
      {"skald-attempt", std::to_string(call.attempt.attempt)},
      {"skald-epoch", std::to_string(call.epoch)},
      {"traceparent", TraceParent(call)},
  };
  if (!call.attempt.compensates.empty()) {
    metadata.emplace_back("skald-compensates", HeaderValue(call.attempt.compensates));
  }
  return metadata;
}

std::string TraceParent(const OutgoingCall& call) {
  const std::string trace = Sha256(call.saga_id).substr(0, 16);
  const std::string span =
      Sha256(fmt::format("{}/{}", KeyOf(call), call.attempt.attempt)).substr(0, 8);
  return fmt::format("00-{}-{}-01", ToHex(trace), ToHex(span));
}

absl::Duration PushbackOf(std::string_view details,
                          const std::optional<std::string>& milliseconds) {
  absl::Duration pushback = std::max(RetryDelayOf(details), absl::ZeroDuration());
  if (milliseconds) {
    const std::optional<int64_t> number = Parse<int64_t>(*milliseconds);
    if (!number || *number < 0) return absl::Milliseconds(-1);
    pushback = std::max(pushback, absl::Milliseconds(*number));
  }
  return std::min(pushback, kLongestPushback);
}

std::optional<absl::Duration> PollAfter(const std::string& value) {
  absl::Duration duration;
  if (const std::optional<int64_t> seconds = Parse<int64_t>(value)) {
    duration = absl::Seconds(*seconds);
  } else if (!absl::ParseDuration(value, &duration)) {
    return std::nullopt;
  }
  if (duration <= absl::ZeroDuration()) return std::nullopt;
  return std::min(duration, kLongestPushback);
}

}  // namespace skald::runtime
