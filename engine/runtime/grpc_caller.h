// Calls participants over gRPC, with any unary method of theirs: generic stubs, serialized
// messages.
//
//   GrpcCaller caller({.participants = {{"inventory", {.address = "dns:///inventory:50051"}}}});
//
// Attempts are counted by the core, so gRPC's own retries are off. A call that a participant's gate
// holds back (concurrency, breaker) waits without its deadline running; who goes first then is the
// saga's tier's business (engine/runtime/tier_queue.h).
//
// A participant that answers OK with the header (or trailer) `skald-outcome: pending` will finish
// later: it tells so by CompleteStep, or is asked again after `skald-poll-after`.
//
// Threading: locked. `done` functions run on gRPC's threads, or on the caller's.
#ifndef SKALD_ENGINE_RUNTIME_GRPC_CALLER_H_
#define SKALD_ENGINE_RUNTIME_GRPC_CALLER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "engine/runtime/gate.h"
#include "engine/runtime/participant_caller.h"

namespace skald::runtime {

struct GrpcParticipant {
  // As gRPC takes it: "dns:///inventory:50051", "unix:/run/inventory.sock".
  std::string address;
  Gate::Options gate;
  // Bytes. A larger reply is an uncertain outcome.
  int max_reply = 4 << 20;
  // Bytes of a reply's headers.
  int max_metadata = 16 << 10;
};

struct GrpcCallerOptions {
  // By the logical names that definitions use.
  std::map<std::string, GrpcParticipant> participants;
};

class GrpcCaller final : public ParticipantCaller {
 public:
  explicit GrpcCaller(GrpcCallerOptions options);
  // Cancels what is under way and waits until all `done` functions have returned.
  ~GrpcCaller() override;

  // An unknown participant is UNAVAILABLE: somebody may add it to the configuration.
  void Call(OutgoingCall call, std::function<void(core::AttemptEnded)> done) override;

  // What is under way ends as CANCELLED, what waits and all that comes later as UNAVAILABLE.
  void CancelAll();

  // As the participant's gate sees it; for metrics. REQUIRES: it is in the options.
  [[nodiscard]] Gate::State BreakerOf(const std::string& participant) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_GRPC_CALLER_H_
