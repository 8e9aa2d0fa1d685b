// What the threads of the engine tell each other. Plain values, moved from thread to thread.
#ifndef SKALD_ENGINE_RUNTIME_MESSAGE_H_
#define SKALD_ENGINE_RUNTIME_MESSAGE_H_

#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/core/event.h"
#include "engine/core/machine.h"
#include "engine/runtime/engine.h"
#include "skald/v1/record.pb.h"

namespace skald::runtime {

// Who is told what became of an event; nobody, for events that no client has sent.
using Answer = std::variant<std::monostate, Engine::StartDone, Engine::OrderDone>;

// Tells whoever waits that it failed.
inline void Fail(const Answer& answer, const absl::Status& status) {
  if (const auto* start = std::get_if<Engine::StartDone>(&answer)) (*start)(status);
  if (const auto* order = std::get_if<Engine::OrderDone>(&answer)) (*order)(status);
}

// To go back to, if a saga does not get the exclusive key that it asks for.
struct BeforeClaim {
  // Of a queued saga: as it is stored.
  v1::SagaRecord record;
  // Of a saga that is to queue if it cannot be started at once.
  std::optional<core::Start> start;
};

// One transition on its way to the store and back.
struct CommitJob {
  enum class Outcome {
    kStored,
    // A start whose id is taken.
    kAlreadyExists,
    // Somebody else has changed the row.
    kConflict,
    // The shard has another owner.
    kStaleEpoch,
    // Another saga has the exclusive key that this one asked for: nothing has happened.
    kKeyTaken,
    // The store will never take it; `error` says why.
    kRefused,
    // The engine stopped before the store answered; `error` says so.
    kAbandoned,
  };
  core::Transition transition;
  Answer answer;
  // Unless nothing would follow from it.
  std::optional<BeforeClaim> before;
  Outcome outcome = Outcome::kAbandoned;
  absl::Status error;
  // A commit that held it was answered with UNKNOWN.
  bool doubted = false;
};
using CommitJobs = std::vector<std::unique_ptr<CommitJob>>;

// From clients.
struct StartSaga {
  StartRequest request;
  Engine::StartDone done;
};
struct GiveCommand {
  std::string saga_id;
  Command command;
  Engine::OrderDone done;
};

// From inside.
struct CallEnded {
  std::string saga_id;
  core::AttemptEnded ended;
};
struct CommitsEnded {
  CommitJobs jobs;
};
struct SagaLoaded {
  std::string saga_id;
  // Nothing: there is no such saga.
  absl::StatusOr<std::optional<v1::SagaRecord>> record;
};
struct RecoverSaga {
  v1::SagaRecord record;
};
// A saga waits for an exclusive key that is free now.
struct KeyFreed {
  std::string saga_id;
};
// Sagas that sleep in the store, and when each is due.
struct SleepersDue {
  std::vector<std::pair<std::string, absl::Time>> sagas;
};
// Drive no saga on, refuse clients; count down as soon as that is so.
struct Drain {
  std::latch* draining;
};
// End, as soon as no commit is under way.
struct Quit {};

using Mail = std::variant<StartSaga, GiveCommand, CallEnded, CommitsEnded, SagaLoaded, RecoverSaga,
                          KeyFreed, SleepersDue, Drain, Quit>;

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_MESSAGE_H_
