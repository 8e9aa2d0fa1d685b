// When a sleep ends, from what an author's function returned. Part of sagas/flow.h; authors never
// name it. Pure.
#ifndef SKALD_SAGAS_FLOW_TIME_H_
#define SKALD_SAGAS_FLOW_TIME_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace google::protobuf {
class Duration;
class Timestamp;
}  // namespace google::protobuf

namespace skald::internal {

// So long after `now`; at once, if `duration` is negative. INTERNAL: it never ends, or the message
// is no duration by its own rules.
absl::StatusOr<absl::Time> EndOf(absl::Duration duration, absl::Time now);
absl::StatusOr<absl::Time> EndOf(const google::protobuf::Duration& duration, absl::Time now);

// INTERNAL: it is no time of the years 1 to 9999, which is what a Timestamp can hold.
absl::StatusOr<absl::Time> EndAt(absl::Time time);
absl::StatusOr<absl::Time> EndAt(const google::protobuf::Timestamp& timestamp);

}  // namespace skald::internal

#endif  // SKALD_SAGAS_FLOW_TIME_H_
