// What clients send, checked before it reaches the engine. Every error names the field, says what
// was expected, and holds nothing of a payload. Pure functions (but for NewSagaId).
#ifndef SKALD_ENGINE_SERVER_INPUT_H_
#define SKALD_ENGINE_SERVER_INPUT_H_

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/server/config.h"
#include "sagas/registry.h"

namespace skald::server {

// Ids that a server with a higher limit may have made must still be found.
inline constexpr int kLongestId = 128;

struct InputLimits {
  RequestLimits request;
  // Bytes of the serialized input.
  size_t state = size_t{1} << 20;
};

// The definition of this name and version (0: the newest). NOT_FOUND, with the nearest name or the
// versions that there are.
absl::StatusOr<const Definition*> FindDefinition(const Registry& registry, const std::string& name,
                                                 int version);

// INVALID_ARGUMENT: not 1 to `most` bytes of visible ASCII without '/'.
absl::Status CheckSagaId(std::string_view id, int most);

// Nothing if it is absent. INVALID_ARGUMENT: negative, or no valid duration.
absl::StatusOr<std::optional<absl::Duration>> ReadWait(const google::protobuf::Duration* wait,
                                                       std::string_view field);

// INVALID_ARGUMENT, with `reason`: no valid timestamp.
absl::StatusOr<absl::Time> ReadTime(const google::protobuf::Timestamp& time, std::string_view field,
                                    std::string_view reason);

// What a page may hold: 50 for 0, `most` for more than that. INVALID_ARGUMENT: negative.
absl::StatusOr<int> ReadPageSize(int size, int most);

// A UUID of version 7: random, and rising with time, so that new rows lie together.
std::string NewSagaId(absl::Time now);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_INPUT_H_
