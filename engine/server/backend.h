// Where the services find engine and store: shut while the store has not been opened yet, and again
// when the server stops.
//
// Threading: locked.
#ifndef SKALD_ENGINE_SERVER_BACKEND_H_
#define SKALD_ENGINE_SERVER_BACKEND_H_

#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "engine/runtime/engine.h"
#include "storage/store.h"

namespace skald::server {

// Both outlive every call of a client.
struct Backend {
  runtime::Engine* engine = nullptr;
  Store* store = nullptr;
};

class BackendHolder final {
 public:
  // `why`: what Get answers until it is opened.
  explicit BackendHolder(absl::Status why) : state_(std::move(why)) {}

  [[nodiscard]] absl::StatusOr<Backend> Get() const SKALD_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return state_;
  }
  void Open(Backend backend) SKALD_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    state_ = backend;
  }
  void Shut(absl::Status why) SKALD_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    state_ = std::move(why);
  }

 private:
  mutable Mutex mutex_;
  absl::StatusOr<Backend> state_ SKALD_GUARDED_BY(mutex_);
};

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_BACKEND_H_
