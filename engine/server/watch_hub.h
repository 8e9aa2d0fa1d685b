// Clients that follow a saga: those who wait for its end and those who watch its changes.
//
//   hub.Add(engine, id, timeout, [](const News& news) { ... });   // registered first,
//   hub.Begin(watch, store.Load(id));                              // then read: nothing is missed
//
// The engine's threads only leave the newest record here; one thread of the hub tells the
// listeners. A listener that is slow gets the newest record, not each: memory follows the number of
// watches.
//
// Threading: locked. Listeners are called from the hub's thread, one at a time, holding no lock.
#ifndef SKALD_ENGINE_SERVER_WATCH_HUB_H_
#define SKALD_ENGINE_SERVER_WATCH_HUB_H_

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "engine/runtime/engine.h"
#include "skald/v1/record.pb.h"

namespace skald::server {

// What a listener is told. The first that it hears has a saga, or has failed.
struct News {
  // A newer record than the last one told.
  std::optional<v1::SagaRecord> saga;
  // The first read failed: there will be nothing else.
  absl::Status failed;
  // The watch's time is up.
  bool timed_out = false;
  // The server is shutting down.
  bool closing = false;
};

class WatchHub final {
 public:
  using Listener = std::function<void(const News&)>;

  // At most `most` watches at once.
  explicit WatchHub(int most);
  // REQUIRES: the engine has stopped.
  ~WatchHub();
  WatchHub(const WatchHub&) = delete;
  WatchHub& operator=(const WatchHub&) = delete;

  // Follows the saga from now on; tells nothing before Begin. RESOURCE_EXHAUSTED, UNAVAILABLE
  // (closed).
  absl::StatusOr<uint64_t> Add(runtime::Engine& engine, const std::string& saga_id,
                               std::optional<absl::Duration> timeout, Listener listener)
      SKALD_EXCLUDES(mutex_);

  // The saga as it was found after Add, or why it was not.
  void Begin(uint64_t watch, absl::StatusOr<v1::SagaRecord> found) SKALD_EXCLUDES(mutex_);

  // A call of the listener that is about to begin, or under way, goes on; none follows. Unknown
  // watches are ignored. Releases the listener, from the hub's thread.
  void Remove(uint64_t watch) SKALD_EXCLUDES(mutex_);

  // Tells all listeners, and those who come with Begin still, that the server is shutting down. Add
  // answers UNAVAILABLE from now on.
  void Close() SKALD_EXCLUDES(mutex_);

  [[nodiscard]] int size() const SKALD_EXCLUDES(mutex_);

 private:
  using Clock = std::chrono::steady_clock;
  struct Watch {
    runtime::Engine* engine = nullptr;
    uint64_t engine_watch = 0;
    Listener listener;
    News news;
    int64_t told_revision = 0;
    bool begun = false;
    bool queued = false;
    Clock::time_point deadline = Clock::time_point::max();
  };

  void Offer(uint64_t watch, const v1::SagaRecord& saga) SKALD_EXCLUDES(mutex_);
  static void Take(const v1::SagaRecord& saga, Watch& watch);
  void Queue(uint64_t id, Watch& watch) SKALD_REQUIRES(mutex_);
  void FindLate() SKALD_REQUIRES(mutex_);
  void Run() SKALD_EXCLUDES(mutex_);
  void Tell(uint64_t id) SKALD_EXCLUDES(mutex_);

  const size_t most_;
  mutable Mutex mutex_;
  CondVar changed_;
  uint64_t last_ SKALD_GUARDED_BY(mutex_) = 0;
  std::map<uint64_t, std::shared_ptr<Watch>> watches_ SKALD_GUARDED_BY(mutex_);
  std::set<std::pair<Clock::time_point, uint64_t>> deadlines_ SKALD_GUARDED_BY(mutex_);
  std::deque<uint64_t> ready_ SKALD_GUARDED_BY(mutex_);
  // Removed, to be unwatched by the hub's thread: Unwatch waits for a watcher that is running.
  std::deque<std::shared_ptr<Watch>> removed_ SKALD_GUARDED_BY(mutex_);
  bool closed_ SKALD_GUARDED_BY(mutex_) = false;
  bool ending_ SKALD_GUARDED_BY(mutex_) = false;
  Thread thread_;
};

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_WATCH_HUB_H_
