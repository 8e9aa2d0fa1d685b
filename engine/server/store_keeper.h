// Opens the store, however long it is away, and the engine on it; then keeps an eye on it, so that
// the health service can say whether it takes writes.
//
//   opening --UNAVAILABLE, RESOURCE_EXHAUSTED--> opening (again after Options::retry)
//   opening --------------------------------OK-> serving <--> away
//   opening --------any other error------------> refused
//
// Threading: locked. One thread of its own does all that blocks; `on_change` is called from it.
#ifndef SKALD_ENGINE_SERVER_STORE_KEEPER_H_
#define SKALD_ENGINE_SERVER_STORE_KEEPER_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "engine/runtime/engine.h"
#include "engine/server/backend.h"
#include "storage/store.h"

namespace skald::server {

class StoreKeeper final {
 public:
  enum class State { kOpening, kServing, kAway, kRefused };

  struct Options {
    // Between two tries to open.
    absl::Duration retry = absl::Seconds(1);
    // Between two looks at what the engine says of the store; asks no database.
    absl::Duration look = absl::Milliseconds(250);
    // Between two questions to an idle database: while all is well, and while it is not.
    absl::Duration check = absl::Seconds(5);
    absl::Duration check_away = absl::Seconds(1);
  };
  struct Parts {
    std::function<absl::StatusOr<std::unique_ptr<Store>>()> open_store;
    std::function<std::unique_ptr<runtime::Engine>(Store&)> make_engine;
    // The status says why it is not serving. Called for each failed try to open, too.
    std::function<void(State, const absl::Status&)> on_change;
  };

  // `backend` is opened when the engine is, and must outlive the keeper.
  StoreKeeper(Options options, Parts parts, BackendHolder& backend);
  // Stops the thread, then destroys engine and store.
  ~StoreKeeper();
  StoreKeeper(const StoreKeeper&) = delete;
  StoreKeeper& operator=(const StoreKeeper&) = delete;

  void Start();

  // The state after the first try to open, or kOpening if that takes longer than `most`.
  State WaitForFirstTry(absl::Duration most) SKALD_EXCLUDES(mutex_);

  // No more tries and looks; `on_change` is not called any more once it has returned. Then stops
  // the engine, if there is one. May be called again.
  void Stop() SKALD_EXCLUDES(mutex_);

 private:
  void Run();
  absl::Status Open();
  void Watch();
  absl::Status Look(absl::Time& last_check, const absl::Status& known);
  void Report(State state, const absl::Status& status) SKALD_EXCLUDES(mutex_);
  // False: it is to stop.
  bool Sleep(absl::Duration duration) SKALD_EXCLUDES(mutex_);

  const Options options_;
  const Parts parts_;
  BackendHolder& backend_;
  // The keeper's thread makes them, Stop and the destructor end them after it.
  std::unique_ptr<Store> store_;
  std::unique_ptr<runtime::Engine> engine_;

  Mutex mutex_;
  CondVar changed_;
  State state_ SKALD_GUARDED_BY(mutex_) = State::kOpening;
  bool tried_ SKALD_GUARDED_BY(mutex_) = false;
  bool stopping_ SKALD_GUARDED_BY(mutex_) = false;
  std::unique_ptr<Thread> thread_;
};

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_STORE_KEEPER_H_
