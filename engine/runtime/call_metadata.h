// What travels beside the messages of an attempt: section 2 of the contract. Pure functions.
#ifndef SKALD_ENGINE_RUNTIME_CALL_METADATA_H_
#define SKALD_ENGINE_RUNTIME_CALL_METADATA_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "engine/runtime/participant_caller.h"

namespace skald::runtime {

// The keys and values that every attempt carries. Values are fit for a header: what is not
// printable ASCII, and '%', is percent-encoded.
std::vector<std::pair<std::string, std::string>> CallMetadata(const OutgoingCall& call);

// W3C trace context. The trace id is a hash of the saga, so that all attempts of a saga share a
// trace; the span id one of step, phase and attempt.
std::string TraceParent(const OutgoingCall& call);

// What the participant asked for, as in AttemptEnded::pushback. `details`: the bytes of
// grpc-status-details-bin, in which google.rpc.RetryInfo may be. `milliseconds`: the value of
// grpc-retry-pushback-ms where there is one; negative or not a number means "do not retry".
absl::Duration PushbackOf(std::string_view details, const std::optional<std::string>& milliseconds);

// The value of skald-poll-after: "500ms", "5s", "1h30m", or whole seconds without a unit; a day at
// the most. Nothing: it is not a duration, or not a positive one.
std::optional<absl::Duration> PollAfter(const std::string& value);

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_CALL_METADATA_H_
