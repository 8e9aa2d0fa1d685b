#include "sagas/flow_time.h"

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <cstdint>

#include "base/status.h"

namespace skald::internal {
namespace {

// google/protobuf/timestamp.proto: 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z.
constexpr int64_t kFirstSecond = -62135596800;
constexpr int64_t kLastSecond = 253402300799;
// google/protobuf/duration.proto: 10,000 years.
constexpr int64_t kMostSeconds = 315576000000;
constexpr int32_t kNanos = 1000000000;

}  // namespace

StatusOr<absl::Time> EndOf(absl::Duration duration, absl::Time now) {
  return EndAt(now + std::max(duration, absl::ZeroDuration()));
}

StatusOr<absl::Time> EndOf(const google::protobuf::Duration& duration, absl::Time now) {
  const int64_t seconds = duration.seconds();
  const int32_t nanos = duration.nanos();
  if (seconds < -kMostSeconds || seconds > kMostSeconds || nanos <= -kNanos || nanos >= kNanos ||
      (seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0)) {
    return Internal("{} s and {} ns are no valid google.protobuf.Duration", seconds, nanos);
  }
  return EndOf(absl::Seconds(seconds) + absl::Nanoseconds(nanos), now);
}

StatusOr<absl::Time> EndAt(absl::Time time) {
  if (time < absl::FromUnixSeconds(kFirstSecond) ||
      time >= absl::FromUnixSeconds(kLastSecond + 1)) {
    return Internal("it would end at {}, which is no time of the years 1 to 9999",
                    absl::FormatTime(time, absl::UTCTimeZone()));
  }
  return time;
}

StatusOr<absl::Time> EndAt(const google::protobuf::Timestamp& timestamp) {
  const int64_t seconds = timestamp.seconds();
  const int32_t nanos = timestamp.nanos();
  if (seconds < kFirstSecond || seconds > kLastSecond || nanos < 0 || nanos >= kNanos) {
    return Internal("{} s and {} ns are no valid google.protobuf.Timestamp", seconds, nanos);
  }
  return EndAt(absl::FromUnixSeconds(seconds) + absl::Nanoseconds(nanos));
}

}  // namespace skald::internal
