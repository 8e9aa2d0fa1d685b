// How the runtime reaches participants: gRPC in the server, a fake in tests and the simulator.
#ifndef SKALD_ENGINE_RUNTIME_PARTICIPANT_CALLER_H_
#define SKALD_ENGINE_RUNTIME_PARTICIPANT_CALLER_H_

#include <cstdint>
#include <functional>
#include <string>

#include "engine/core/effect.h"
#include "engine/core/event.h"

namespace skald::runtime {

// One attempt, with what it says about itself in its metadata.
struct OutgoingCall {
  std::string saga_id;
  // "place_order@3"
  std::string definition;
  int64_t epoch = 0;
  core::SendAttempt attempt;
};

// Locked: may be used from any thread.
class ParticipantCaller {
 public:
  virtual ~ParticipantCaller() = default;

  // Sends it, and calls `done` exactly once, from any thread, perhaps before Call returns.
  virtual void Call(OutgoingCall call, std::function<void(core::AttemptEnded)> done) = 0;
};

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_PARTICIPANT_CALLER_H_
