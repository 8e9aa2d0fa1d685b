// The running engine: drives every unfinished saga of a store to its end.
//
//   Engine engine(options, registry, store, caller, clock);
//   SKALD_RETURN_IF_ERROR(engine.Open());          // takes the shards, goes on where it was
//   engine.Start(request, [](StatusOr<v1::SagaRecord> saga) { ... });
//   engine.Stop();
//
// Threading: locked. `done` functions and watchers are called once, from threads of the engine, and
// must not block.
#ifndef SKALD_ENGINE_RUNTIME_ENGINE_H_
#define SKALD_ENGINE_RUNTIME_ENGINE_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "engine/core/event.h"
#include "engine/core/machine.h"
#include "engine/runtime/participant_caller.h"
#include "sagas/registry.h"
#include "skald/v1/record.pb.h"
#include "storage/store.h"

namespace skald::runtime {

struct EngineOptions {
  // Fixed when the store is made.
  int shards = 64;
  // Threads that run the core; each owns some of the shards.
  int workers = 1;
  // Who owns the shards, for people to read.
  std::string node = "skaldd";
  // Unfinished sagas that this node has in memory to drive them; sleeping and paused ones that are
  // only stored do not count. Beyond it Start answers RESOURCE_EXHAUSTED.
  int backlog = 100'000;
  // Per cent of it up to which starts of tiers 0, 1 and 2 are taken: what is critical still gets in
  // when the rest is held off.
  std::array<int, 3> backlog_for_tier = {100, 90, 80};
  // A saga that sleeps for longer than this is not kept in memory. Some seconds at least: the store
  // is asked twice in it, and not more often than once a second, who is to be woken.
  absl::Duration horizon = absl::Seconds(60);
  // Events from clients that wait in one worker's mailbox. Beyond it they answer
  // RESOURCE_EXHAUSTED.
  int mailbox = 10'000;
  // Changes in one transaction at the most.
  int batch = 1'000;
  // Between two tries while the store is away.
  absl::Duration store_retry = absl::Milliseconds(200);
  // Once the store has been away for so long, clients are answered UNAVAILABLE at once.
  absl::Duration store_patience = absl::Seconds(2);
  // How long Stop waits for calls that are under way.
  absl::Duration drain = absl::Seconds(2);
  core::Limits limits;
  // What is stored of a definition with the first saga that is started of it, by label, such as
  // "place_order@3". The time of the first run is filled in.
  std::map<std::string, v1::DefinitionRecord> definition_records;
};

struct StartRequest {
  const Definition* definition = nullptr;
  std::string saga_id;
  // Serialized message of the definition's state type.
  std::string input;
  std::map<std::string, std::string> labels;
  // InfiniteFuture: none.
  absl::Time deadline = absl::InfiniteFuture();
  // Nothing is sent before. InfinitePast: at once.
  absl::Time start_at = absl::InfinitePast();
  int tier = 1;
  // What the definition's ExclusiveKey makes of the input; empty: none.
  std::string exclusive_key;
};

struct StartResult {
  enum class Kind {
    kStarted,
    // The id was known already, with the same input.
    kAlreadyStarted,
    // Another saga holds the exclusive key, and the definition does not queue: nothing was started,
    // and `saga` is empty.
    kKeyTaken,
  };
  Kind kind = Kind::kStarted;
  v1::SagaRecord saga;
};

// What clients, participants and operators send to a saga that exists.
using Command = std::variant<core::Order, core::Signal, core::Completion>;

// What the metrics and the health service ask for.
struct EngineStats {
  // Unfinished sagas in memory: the backlog.
  int64_t active_sagas = 0;
  // With those that have ended or are parked, but have calls or answers under way.
  int64_t sagas_in_memory = 0;
  int64_t calls_in_flight = 0;
  int64_t transitions = 0;
  int64_t commits = 0;
  // OK, or why the store cannot be written just now.
  absl::Status store;
  // Unfinished sagas whose definition or version this node lacks: they are left alone.
  int64_t orphans = 0;
  // Sagas that were let go of because another node has changed them or owns their shard.
  int64_t moved = 0;
  // Changes that the store refused for good: their sagas wait until they are read again.
  int64_t set_aside = 0;
};

class Engine final {
 public:
  using StartDone = std::function<void(absl::StatusOr<StartResult>)>;
  using OrderDone = std::function<void(absl::StatusOr<v1::SagaRecord>)>;
  // Called with the saga after each stored change.
  using Watcher = std::function<void(const v1::SagaRecord&)>;

  // All must outlive the engine.
  Engine(EngineOptions options, const Registry& registry, Store& store, ParticipantCaller& caller,
         const Clock& clock);
  // Without Stop before, ends like a crash: no call is waited for, nothing more is stored.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Takes the shards and loads what is unfinished. Call once. Errors: those of the store.
  absl::Status Open();

  // `done` comes after the commit. ALREADY_EXISTS: the id is taken by a saga with another
  // definition or input. RESOURCE_EXHAUSTED: backlog or mailbox is full. UNAVAILABLE: the engine is
  // stopping or the store has been away for longer than it takes a client to try again.
  void Start(StartRequest request, StartDone done);

  // Cancels, pauses, resumes, retries, skips, resolves. `done` gets the saga after the order.
  // NOT_FOUND, FAILED_PRECONDITION, RESOURCE_EXHAUSTED, UNAVAILABLE.
  void Give(std::string saga_id, Command command, OrderDone done);

  // `watcher` is called after each change of the saga that is stored from now on, until Unwatch has
  // returned. A saga need not exist to be watched.
  uint64_t Watch(std::string saga_id, Watcher watcher);
  void Unwatch(uint64_t watch);

  // Takes no new work, waits for calls under way (EngineOptions::drain at the most), stores what
  // came of them, then stops. What is not answered by then goes on when a node opens the store
  // again. May be called again. Not from a thread of the engine.
  void Stop();

  [[nodiscard]] EngineStats Stats() const;

  // Looks at the clock at once, for clocks that are moved by hand. (The engine notices within a
  // second that a clock was set, and needs no telling that time has passed.)
  void ClockMoved();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_ENGINE_H_
