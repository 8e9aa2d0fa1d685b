// Reads sagas that are not in memory, several at once.
//
// Threading: locked. Calls Store::Load from one thread of its own.
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
  // On the loader's thread. Must not block.
  using Deliver = std::function<void(SagaLoaded)>;

  // `most`: loads that wait.
  Loader(Store& store, int most, Deliver deliver);
  // Joins. What was not read is not delivered.
  ~Loader();

  // False: too many wait.
  [[nodiscard]] bool Load(std::string saga_id);

 private:
  void Run();
  void LoadBatch(const std::vector<std::string>& saga_ids);

  Store& store_;
  const size_t most_;
  const Deliver deliver_;
  Mutex mutex_;
  CondVar changed_;
  std::vector<std::string> waiting_ SKALD_GUARDED_BY(mutex_);
  bool ending_ SKALD_GUARDED_BY(mutex_) = false;
  // Last: it uses all of the above.
  Thread thread_;
};

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_LOADER_H_
