// The sagas of one shard: feeds them their events, one transition of each at a time.
//
//   event --> queue --> core::Step --unchanged--> answer
//                          |
//                       changed --> committer --> effects, answer --> next event
//
// A saga is in memory while something of it is under way, waits to be done, or is due within
// EngineOptions::horizon. Whatever else happens to it loads it.
//
// Threading: confined to its worker.
#ifndef SKALD_ENGINE_RUNTIME_SHARD_H_
#define SKALD_ENGINE_RUNTIME_SHARD_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "engine/core/event.h"
#include "engine/runtime/calls.h"
#include "engine/runtime/committer.h"
#include "engine/runtime/counters.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/loader.h"
#include "engine/runtime/mailbox.h"
#include "engine/runtime/message.h"
#include "engine/runtime/timers.h"
#include "engine/runtime/watchers.h"
#include "sagas/registry.h"

namespace skald::runtime {

// What a shard needs of the engine around it. All outlive the shard; `timers` are its worker's.
struct Surroundings {
  const EngineOptions& options;
  const Registry& registry;
  const Clock& clock;
  Committer& committer;
  Loader& loader;
  Calls& calls;
  Watchers& watchers;
  Counters& counters;
};

// What the saga runs, exactly as it was when it was started. Null: this node lacks it.
const Definition* DefinitionOf(const Registry& registry, const v1::SagaRecord& record);

class Shard final {
 public:
  // `epoch`: with which this node owns it. Replies to calls arrive in `mailbox`.
  Shard(int number, int64_t epoch, const Surroundings& around, Timers& timers,
        std::shared_ptr<Mailbox> mailbox)
      : number_(number),
        epoch_(epoch),
        around_(around),
        timers_(timers),
        mailbox_(std::move(mailbox)) {}

  void Start(StartSaga start);
  void Give(GiveCommand order);
  void EndCall(CallEnded call);
  // Its time has come, or its key is free: it looks what is to be done.
  void Fire(const std::string& saga_id);
  // It sleeps in the store, and is due then.
  void WakeAt(const std::string& saga_id, absl::Time due);
  void Recover(v1::SagaRecord record);
  void EndCommit(std::unique_ptr<CommitJob> job);
  void TakeLoaded(SagaLoaded loaded);

  // From now on no saga is driven on and clients are refused; outcomes are still stored.
  void Drain() { draining_ = true; }
  [[nodiscard]] int commits_under_way() const { return commits_under_way_; }
  // The end: tells everybody who still waits.
  void FailAll(const absl::Status& status);

 private:
  using What = decltype(core::Event::what);

  // An event that waits for its saga.
  struct Waiting {
    What what;
    Answer answer;
    // Of a start.
    const Definition* definition = nullptr;
  };
  struct ActiveSaga {
    explicit ActiveSaga(Counters& counters) : in_memory(Slot::Take(counters.sagas_in_memory)) {}

    enum class State {
      // Takes the next event.
      kReady,
      // A transition is being committed: it has the record.
      kCommitting,
      // The record is being read.
      kLoading,
    };
    State state = State::kReady;
    // As stored; revision 0: there is no such saga (yet).
    v1::SagaRecord record;
    // Null: this node lacks it.
    const Definition* definition = nullptr;
    std::deque<Waiting> events;
    // Of an unfinished saga: its place in the backlog.
    std::optional<Slot> slot;
    Slot in_memory;
  };
  using Sagas = std::unordered_map<std::string, ActiveSaga>;

  std::pair<Sagas::iterator, bool> Emplace(const std::string& saga_id) {
    return sagas_.try_emplace(saga_id, around_.counters);
  }
  // The saga, being loaded if it was not in memory. End: it cannot be loaded now.
  Sagas::iterator FindOrLoad(const std::string& saga_id);
  void BeginLoad(Sagas::iterator saga);

  // Feeds the saga as far as it goes now; lets go of it if it has nothing to do for a while.
  void Advance(Sagas::iterator saga);
  [[nodiscard]] bool StaysInMemory(const ActiveSaga& saga) const;
  void Handle(const std::string& saga_id, ActiveSaga& saga, Waiting event);
  // False: the start was answered.
  bool AdmitStart(const std::string& saga_id, ActiveSaga& saga, const Waiting& event);
  // Answers all starts that wait for a saga that turned out to exist.
  static void AnswerRepeatedStarts(ActiveSaga& saga);
  static void AnswerRepeatedStart(const v1::SagaRecord& stored, const Waiting& event);
  void Submit(ActiveSaga& saga, std::unique_ptr<CommitJob> job);
  // What was stored takes effect.
  void TakeEffect(ActiveSaga& saga, CommitJob& job);
  void Send(const ActiveSaga& saga, core::SendAttempt attempt);
  // Another saga has the exclusive key: the transition has not happened.
  void GoWithoutKey(Sagas::iterator saga, CommitJob& job);
  // The stored record does not follow from what we have: it is not ours any more, or cannot be.
  void LetGo(Sagas::iterator saga, const CommitJob& job);
  // As Erase; but if its time has come, it is looked at again: nobody else would think of it. (A
  // timer that is yet to fire stays in either case.)
  void Forget(Sagas::iterator saga, const absl::Status& why);
  // Tells everybody who waits for it.
  void Erase(Sagas::iterator saga, const absl::Status& why);

  const int number_;
  const int64_t epoch_;
  const Surroundings around_;
  Timers& timers_;
  const std::shared_ptr<Mailbox> mailbox_;
  Sagas sagas_;
  int commits_under_way_ = 0;
  bool draining_ = false;
};

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_SHARD_H_
