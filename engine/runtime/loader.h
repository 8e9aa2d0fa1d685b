// Reads what is not in memory: sagas, several at once, and who waits for an exclusive key.
//
// Threading: locked. Calls the store from one thread of its own.
#ifndef SKALD_ENGINE_RUNTIME_LOADER_H_
#define SKALD_ENGINE_RUNTIME_LOADER_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/thread.h"
#include "engine/runtime/message.h"
#include "storage/store.h"

namespace skald::runtime {

class Loader final {
 public:
  // Mail for the worker of `saga_id`: a SagaLoaded, or a KeyFreed. On the loader's thread. Must not
  // block.
  using Deliver = std::function<void(const std::string& saga_id, Mail)>;

  // `most`: loads that wait.
  Loader(Store& store, int most, Deliver deliver);
  // Joins. What was not read is not delivered.
  ~Loader();

  // False: too many wait.
  [[nodiscard]] bool Load(std::string saga_id);

  // Tells the saga that is next, if `key` is free. Forgotten if too many wait or the store is away:
  // who waits for a key also asks for it from time to time.
  void FindNext(std::string key);

 private:
  void Run();
  void LoadBatch(const std::vector<std::string>& saga_ids);
  void FindNow(const std::string& key);

  Store& store_;
  const size_t most_;
  const Deliver deliver_;
  Mutex mutex_;
  CondVar changed_;
  std::vector<std::string> waiting_ SKALD_GUARDED_BY(mutex_);
  std::vector<std::string> keys_ SKALD_GUARDED_BY(mutex_);
  bool ending_ SKALD_GUARDED_BY(mutex_) = false;
  // Last: it uses all of the above.
  Thread thread_;
};

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_LOADER_H_
