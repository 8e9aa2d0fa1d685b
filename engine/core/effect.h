// Everything that the engine can do. Nothing else exists, and none of it is done before the
// transition that asks for it is stored. Plain values.
#ifndef SKALD_ENGINE_CORE_EFFECT_H_
#define SKALD_ENGINE_CORE_EFFECT_H_

#include <string>
#include <variant>

#include "absl/time/time.h"
#include "skald/v1/saga.pb.h"

namespace skald::core {

// Call a participant. Answered by one AttemptEnded with the same step, phase and attempt.
struct SendAttempt {
  std::string step;
  v1::Phase phase = v1::PHASE_UNSPECIFIED;
  int attempt = 0;
  std::string participant;
  std::string method;
  std::string request;
  // Jittered already.
  absl::Duration timeout;
  // Of the saga: who goes first where calls wait.
  int tier = 1;
  // Of a compensation: the idempotency key of the action that it undoes; empty where there is none.
  std::string compensates;
};

// Let TimerFired come at `due`, in place of any timer that this saga had. InfiniteFuture: none.
struct SetTimer {
  absl::Time due;
};

// The saga has changed: tell those who watch it. Comes once, last, with each stored transition.
struct Notify {};

using Effect = std::variant<SendAttempt, SetTimer, Notify>;

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_EFFECT_H_
