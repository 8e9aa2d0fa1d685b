// Who may call a participant now: a limit on concurrent calls, and a circuit breaker.
//
//   CLOSED --so many uncertain outcomes in a row--> OPEN --some time--> one probe
//   any --the participant gave a clear answer--> CLOSED        probe uncertain --> OPEN
//
// Pure: it is told the time, which must not run backwards. Threading: confined, or under its
// owner's lock.
#ifndef SKALD_ENGINE_RUNTIME_GATE_H_
#define SKALD_ENGINE_RUNTIME_GATE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/time.h"

namespace skald::runtime {

class Gate final {
 public:
  struct Options {
    // Calls at once at the most.
    int concurrency = 64;
    // Uncertain outcomes in a row that open the breaker; 0: it never opens.
    int failures = 5;
    // How long it stays open, give or take 10 %, so that a fleet does not probe in the same
    // instant.
    absl::Duration open_for = absl::Seconds(60);
  };
  // The right to make one call, given back with Leave.
  enum class Pass { kNormal, kProbe };
  enum class Result { kCertain, kUncertain };
  enum class State { kClosed, kOpen, kProbing };

  // `name` is what the jitter is drawn from.
  Gate(std::string name, Options options) : name_(std::move(name)), options_(options) {}

  // Nothing: not now.
  std::optional<Pass> Enter(absl::Time now);
  void Leave(Pass pass, Result result, absl::Time now);

  // When it is worth asking again although no call has ended; InfiniteFuture: only then.
  [[nodiscard]] absl::Time NextChance() const;
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] int inside() const { return inside_; }

 private:
  void Open(absl::Time now);

  const std::string name_;
  const Options options_;
  State state_ = State::kClosed;
  int inside_ = 0;
  int failures_in_a_row_ = 0;
  uint64_t times_opened_ = 0;
  absl::Time open_until_;
};

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_GATE_H_
