// Who wants to hear of which saga's changes.
//
// Threading: locked. No lock is held while a watcher is called.
#ifndef SKALD_ENGINE_RUNTIME_WATCHERS_H_
#define SKALD_ENGINE_RUNTIME_WATCHERS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>

#include "base/mutex.h"
#include "skald/v1/record.pb.h"

namespace skald::runtime {

class Watchers final {
 public:
  using Watcher = std::function<void(const v1::SagaRecord&)>;

  uint64_t Watch(std::string saga_id, Watcher watcher);

  // When it has returned, the watcher is not running and will not run again. A watcher may end its
  // own watch: then it is the call under way that is its last.
  void Unwatch(uint64_t watch);

  // Calls the saga's watchers. REQUIRES: not from two threads at once for one saga.
  void Notify(const v1::SagaRecord& saga);

 private:
  struct Entry {
    std::string saga_id;
    Watcher watcher;
    // The thread that is calling it, or about to.
    std::thread::id caller;
    bool ended = false;
  };
  using Entries = std::map<uint64_t, std::shared_ptr<Entry>>;

  Mutex mutex_;
  CondVar returned_;
  uint64_t last_ SKALD_GUARDED_BY(mutex_) = 0;
  Entries entries_ SKALD_GUARDED_BY(mutex_);
  std::unordered_map<std::string, Entries> by_saga_ SKALD_GUARDED_BY(mutex_);
};

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_WATCHERS_H_
