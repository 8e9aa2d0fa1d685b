// What the engine's tests stand on: a clock that is moved by hand, participants that answer as
// told, small definitions, and an engine on a store in memory.
#ifndef SKALD_ENGINE_RUNTIME_ENGINE_HARNESS_H_
#define SKALD_ENGINE_RUNTIME_ENGINE_HARNESS_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/nodes_harness.h"
#include "engine/runtime/participant_caller.h"
#include "sagas/registry.h"
#include "storage/memory/memory_store.h"

namespace skald::runtime {

// Locked.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] absl::Time Now() const override {
    MutexLock lock(mutex_);
    return now_;
  }
  void Set(absl::Time now) {
    MutexLock lock(mutex_);
    now_ = now;
  }

 private:
  mutable Mutex mutex_;
  absl::Time now_ SKALD_GUARDED_BY(mutex_) = absl::FromUnixSeconds(1'700'000'000);
};

// Answers every call OK at once, with an empty reply, unless told otherwise. Locked.
class FakeCaller final : public ParticipantCaller {
 public:
  // The next call of `method` answers this; asked again: the one after that.
  void Answer(const std::string& method, absl::StatusCode code, std::string message = "");
  // As Answer: it will finish later, and wants to be asked after `poll_after`, if that is not zero.
  void AnswerPending(const std::string& method, absl::Duration poll_after = absl::ZeroDuration());
  // Calls of `method` are kept until Release.
  void Hold(const std::string& method);
  // Answers the oldest call of `method` that is kept. REQUIRES: there is one (WaitForHeld).
  void Release(const std::string& method, absl::StatusCode code = absl::StatusCode::kOk);
  // Calls of `method` are answered at once again. Those that are kept stay so.
  void Free(const std::string& method);
  // Until so many calls of `method` are kept. False: not within half a minute.
  [[nodiscard]] bool WaitForHeld(const std::string& method, size_t count = 1);

  [[nodiscard]] std::vector<OutgoingCall> calls() const;
  // The last parts of the methods that were called, in order: "a b undo_a".
  [[nodiscard]] std::string Methods() const;

  void Call(OutgoingCall call, std::function<void(core::AttemptEnded)> done) override;

 private:
  using Done = std::function<void(core::AttemptEnded)>;

  mutable Mutex mutex_;
  CondVar held_more_;
  std::vector<OutgoingCall> calls_ SKALD_GUARDED_BY(mutex_);
  std::map<std::string, std::deque<core::AttemptEnded>> answers_ SKALD_GUARDED_BY(mutex_);
  std::set<std::string> holding_ SKALD_GUARDED_BY(mutex_);
  std::map<std::string, std::deque<Done>> held_ SKALD_GUARDED_BY(mutex_);
};

// A sequence of steps: "a" calls /test/a and is compensated by /test/undo_a. Four attempts, without
// jitter: 1 s, 2 s, 4 s apart. A name that ends in '!' is the pivot.
Definition Steps(const std::string& name, int version, const std::vector<std::string>& steps);

// True as soon as `condition` is; false if it is not within half a minute.
[[nodiscard]] bool Eventually(const std::function<bool()>& condition);

// A store, participants, a clock and a registry with trip@1 = a, b, c; and engines on them.
class EngineHarness {
 public:
  EngineHarness();

  // REQUIRES: it is valid.
  void Register(Definition definition);
  std::unique_ptr<Engine> MakeEngine(const EngineOptions& options);
  std::unique_ptr<Engine> OpenEngine(const EngineOptions& options = Quick());
  // Options with waits short enough for a test: they are waits for the fake store, on a real clock.
  static EngineOptions Quick();

  static std::future<absl::StatusOr<StartResult>> Start(Engine& engine, StartRequest request);
  static std::future<absl::StatusOr<v1::SagaRecord>> Give(Engine& engine, const std::string& id,
                                                          core::Order::Verb verb);
  static std::future<absl::StatusOr<v1::SagaRecord>> Give(Engine& engine, const std::string& id,
                                                          Command command);
  // Of trip@1.
  [[nodiscard]] StartRequest Trip(const std::string& id, const std::string& input = "in") const;
  void AdvanceClock(Engine& engine, absl::Duration duration);

  // Starts a saga of a registered definition.
  [[nodiscard]] StartRequest RequestFor(const std::string& definition, const std::string& id,
                                        const std::string& input = "in") const;
  // As stored; an empty record if there is none.
  v1::SagaRecord Stored(const std::string& id);
  // Until the stored saga has this status. False: not within half a minute.
  [[nodiscard]] bool Reaches(const std::string& id, v1::Saga::Status status);
  // Moves the clock to the saga's due time as often as it takes. False: see Reaches.
  [[nodiscard]] bool ReachesInTime(Engine& engine, const std::string& id, v1::Saga::Status status);

  MemoryStore store;
  FakeCaller caller;
  ManualClock clock;
  Registry registry;
};

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_ENGINE_HARNESS_H_
