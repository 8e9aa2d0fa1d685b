// Where time comes from. Nothing below the runtime reads a clock: it is told the time.
#ifndef SKALD_BASE_CLOCK_H_
#define SKALD_BASE_CLOCK_H_

#include <cstdint>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace skald {

// Locked: may be used from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual absl::Time Now() const = 0;
};

class RealClock final : public Clock {
 public:
  [[nodiscard]] absl::Time Now() const override { return absl::Now(); }
};

// Stored times are microseconds since the Unix epoch, 0 for none.
inline int64_t ToMicros(absl::Time time) { return absl::ToUnixMicros(time); }
inline absl::Time FromMicros(int64_t micros) { return absl::FromUnixMicros(micros); }

}  // namespace skald

#endif  // SKALD_BASE_CLOCK_H_
