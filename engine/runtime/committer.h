// Group commit: stores the transitions of all sagas that wait, in one transaction at a time.
//
// Nothing holds a transition back: at low load it is committed at once; batches form by themselves
// while a commit is under way. If more waits than one batch holds, lower tiers go first
// (engine/runtime/tier_queue.h). What the store cannot take now is kept and tried again; what
// nobody knows is looked up; a change that the store refuses by itself does not stop the others.
//
// Threading: locked. Calls Store::Commit from one thread of its own.
#ifndef SKALD_ENGINE_RUNTIME_COMMITTER_H_
#define SKALD_ENGINE_RUNTIME_COMMITTER_H_

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "engine/runtime/counters.h"
#include "engine/runtime/first_runs.h"
#include "engine/runtime/message.h"
#include "engine/runtime/tier_queue.h"
#include "storage/store.h"

namespace skald::runtime {

class Committer final {
 public:
  struct Options {
    // Changes in one transaction at the most.
    int batch = 1'000;
    // Between two tries while the store is away.
    absl::Duration retry = absl::Milliseconds(200);
    // EngineOptions::definition_records.
    std::map<std::string, v1::DefinitionRecord> definition_records;
  };
  // Gets every job back exactly once, with its outcome, on the committer's thread. Must not block.
  using Deliver = std::function<void(CommitJobs)>;

  Committer(Store& store, Options options, Counters& counters, Deliver deliver);
  // Joins. What was not committed is delivered as kAbandoned.
  ~Committer();

  void Submit(std::unique_ptr<CommitJob> job);

  // The engine stops: from then on each job is tried once, and not again if the store is away.
  void GiveUpAfter(absl::Duration patience);
  // As a crash: nothing is committed any more but what is in the store's hands already.
  void GiveUpNow();

  // OK, or why the store cannot be written just now.
  [[nodiscard]] absl::Status store() const;
  // The store has been away for longer than `patience`.
  [[nodiscard]] bool AwayFor(absl::Duration patience) const;

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  void Run();
  // Empty: the committer ends.
  CommitJobs TakeBatch();
  std::vector<Change> ChangesOf(const CommitJobs& jobs);
  // Until each of them has an outcome.
  void CommitAll(CommitJobs jobs);
  // One try. OK: each job has an outcome.
  absl::Status CommitOnce(const CommitJobs& jobs);
  // Finds out what became of jobs whose commit was in doubt, and delivers those that need no other
  // commit. Returns the others.
  CommitJobs Resolve(CommitJobs jobs);
  // As CommitAll, but one by one: the store refused one of them, or all.
  void Separate(CommitJobs jobs, const absl::Status& error);
  void Abandon(CommitJobs jobs);
  void NoteAway(const absl::Status& status);
  void NoteBack();
  // Waits before the next try. False: given up.
  bool WaitToRetry();
  bool Crashing() const;

  Store& store_;
  const Options options_;
  Counters& counters_;
  const Deliver deliver_;
  // Of the committer's thread.
  FirstRuns first_runs_;

  mutable Mutex mutex_;
  CondVar changed_;
  TierQueue<std::unique_ptr<CommitJob>> waiting_ SKALD_GUARDED_BY(mutex_);
  bool ending_ SKALD_GUARDED_BY(mutex_) = false;
  bool crashing_ SKALD_GUARDED_BY(mutex_) = false;
  std::optional<SteadyTime> give_up_ SKALD_GUARDED_BY(mutex_);
  absl::Status store_status_ SKALD_GUARDED_BY(mutex_);
  SteadyTime away_since_ SKALD_GUARDED_BY(mutex_);

  // Last: it uses all of the above.
  Thread thread_;
};

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_COMMITTER_H_
