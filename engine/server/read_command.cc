#include "engine/server/read_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "engine/core/place.h"
#include "engine/server/errors.h"
#include "engine/server/input_message.h"

namespace skald::server {
namespace {

constexpr size_t kMostSignalId = 128;
constexpr size_t kMostName = 4096;
constexpr size_t kMostActor = 200;
constexpr size_t kMostShown = 200;
constexpr int kLastCode = 16;

bool IsVisibleAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

// The Await that takes signals of this name, or with this path; null if there is none.
const Node* FindAwait(const Definition& definition, const std::string& name) {
  if (const auto place = core::PlaceOf(definition, name);
      place.has_value() && place->node->await.has_value()) {
    return place->node;
  }
  const Node* found = nullptr;
  // A registered definition has one message type under a name, however many Awaits have that name.
  ForEachNode(definition.root, [&](const Node& node) {
    if (found == nullptr && node.await.has_value() && node.name == name) found = &node;
  });
  return found;
}

absl::Status NotAwaited(const Definition& definition, const std::string& name) {
  std::map<std::string, std::string> types;
  std::vector<std::string> names;
  ForEachNode(definition.root, [&](const Node& node) {
    if (node.await.has_value()) types.emplace(node.name, node.await->message_type);
  });
  std::vector<std::string> awaited;
  for (const auto& [known, type] : types) {
    names.push_back(known);
    awaited.push_back(fmt::format("{} ({})", known, type));
  }
  const std::string shown = CleanText(name, kMostShown);
  const std::string_view nearest = Nearest(shown, names);
  const std::string text =
      awaited.empty()
          ? fmt::format("{} awaits no signals", Label(definition))
          : fmt::format("{} awaits no signal '{}'{}: it awaits {}", Label(definition), shown,
                        nearest.empty() ? "" : fmt::format(" (did you mean '{}'?)", nearest),
                        fmt::join(awaited, ", "));
  return WithField(WithReason(InvalidArgument("{}", text), "UNKNOWN_SIGNAL",
                              {{"awaited", fmt::format("{}", fmt::join(names, ","))}}),
                   "name");
}

absl::Status BadIdempotencyKey() {
  return BadField("idempotency_key", "INVALID_IDEMPOTENCY_KEY",
                  "expected '<saga id>/<step path>/action' or '.../compensation', as the "
                  "participant found it in its metadata");
}

absl::Status NoSuchCall(const Definition& definition, const CallName& name) {
  return WithReason(NotFound("{} has no {} of a step '{}'", Label(definition),
                             name.phase == v1::ACTION ? "action" : "compensation",
                             CleanText(name.step, kMostShown)),
                    "STEP_NOT_FOUND", {{"saga_id", name.saga_id}, {"step", name.step}});
}

absl::StatusOr<core::Completion> ReadFailure(const v1::Failure& failure,
                                             core::Completion completion) {
  if (failure.code() < 1 || failure.code() > kLastCode) {
    return BadField("failure.code", "INVALID_CODE",
                    fmt::format("expected a canonical gRPC code from 1 to {}, got {}", kLastCode,
                                failure.code()));
  }
  completion.code = static_cast<absl::StatusCode>(failure.code());
  completion.message = failure.message();
  return completion;
}

}  // namespace

absl::Status CheckSignal(const v1::SignalSagaRequest& request) {
  SKALD_RETURN_IF_ERROR(CheckSagaId(request.saga_id(), kLongestId));
  if (request.name().empty() || request.name().size() > kMostName) {
    return BadField(
        "name", "UNKNOWN_SIGNAL",
        fmt::format("expected the name of an await, or its path, of at most {} bytes", kMostName));
  }
  if (request.signal_id().size() <= kMostSignalId && IsVisibleAscii(request.signal_id())) {
    return absl::OkStatus();
  }
  return BadField("signal_id", "INVALID_ID",
                  fmt::format("expected at most {} bytes of visible ASCII, got {} bytes",
                              kMostSignalId, request.signal_id().size()));
}

absl::StatusOr<core::Signal> ReadSignal(const v1::SignalSagaRequest& request,
                                        const Definition& definition, const InputLimits& limits,
                                        const std::string& actor, absl::Time now) {
  const Node* const await = FindAwait(definition, request.name());
  if (await == nullptr) return NotAwaited(definition, request.name());
  core::Signal signal{.name = request.name()};
  SKALD_ASSIGN_OR_RETURN(
      signal.payload,
      ReadMessage({.message = request.has_message() ? &request.message() : nullptr,
                   .json = request.has_message_json() ? &request.message_json() : nullptr,
                   .taker = fmt::format("'{}' of {}", request.name(), Label(definition)),
                   .field = "message",
                   .json_field = "message_json",
                   .wrong_type = "WRONG_SIGNAL_TYPE",
                   .unparsable = "UNPARSABLE_SIGNAL"},
                  await->await->message_type));
  if (signal.payload.size() > limits.state) {
    return BadField(
        "message", "SIGNAL_TOO_LARGE",
        fmt::format("it has {} bytes, at most {} are kept", signal.payload.size(), limits.state));
  }
  signal.id = request.signal_id().empty() ? NewSagaId(now) : request.signal_id();
  signal.actor = CleanText(request.actor().empty() ? actor : request.actor(), kMostActor);
  return signal;
}

absl::StatusOr<CallName> ParseIdempotencyKey(const std::string& key) {
  // A saga's id holds no '/'.
  const size_t first = key.find('/');
  const size_t last = key.rfind('/');
  if (first == std::string::npos || last <= first + 1) return BadIdempotencyKey();
  CallName name{.saga_id = key.substr(0, first), .step = key.substr(first + 1, last - first - 1)};
  const std::string_view phase = std::string_view(key).substr(last + 1);
  if (phase == "action") name.phase = v1::ACTION;
  if (phase == "compensation") name.phase = v1::COMPENSATION;
  const bool good =
      name.phase != v1::PHASE_UNSPECIFIED && CheckSagaId(name.saga_id, kLongestId).ok();
  if (!good) return BadIdempotencyKey();
  return name;
}

absl::StatusOr<core::Completion> ReadCompletion(const v1::CompleteStepRequest& request,
                                                const CallName& name,
                                                const Definition& definition) {
  const std::optional<core::Place> place = core::PlaceOf(definition, name.step);
  if (!place.has_value()) return NoSuchCall(definition, name);
  const std::optional<Call>& call =
      name.phase == v1::ACTION ? place->node->action : place->node->compensation;
  if (!call.has_value()) return NoSuchCall(definition, name);
  core::Completion completion{.step = name.step, .phase = name.phase};
  if (request.has_failure()) return ReadFailure(request.failure(), std::move(completion));
  SKALD_ASSIGN_OR_RETURN(
      completion.reply,
      ReadMessage({.message = request.has_response() ? &request.response() : nullptr,
                   .json = request.has_response_json() ? &request.response_json() : nullptr,
                   .taker = call->method,
                   .field = "response",
                   .json_field = "response_json",
                   .wrong_type = "WRONG_RESPONSE_TYPE",
                   .unparsable = "UNPARSABLE_RESPONSE"},
                  call->response_type));
  return completion;
}

}  // namespace skald::server
