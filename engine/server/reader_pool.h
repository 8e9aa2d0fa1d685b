// The threads that read the store for clients, so that no thread of gRPC ever blocks.
//
//   if (!pool.Run([=] { call->Answer(store->Load(ids)); })) call->Answer(TooBusy());
//
// Threading: locked.
#ifndef SKALD_ENGINE_SERVER_READER_POOL_H_
#define SKALD_ENGINE_SERVER_READER_POOL_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <vector>

#include "base/mutex.h"
#include "base/thread.h"

namespace skald::server {

class ReaderPool final {
 public:
  ReaderPool(int threads, int queue);
  // Runs what waits, then ends.
  ~ReaderPool();
  ReaderPool(const ReaderPool&) = delete;
  ReaderPool& operator=(const ReaderPool&) = delete;

  // False: `queue` reads wait already, and `read` will not run.
  [[nodiscard]] bool Run(std::function<void()> read) SKALD_EXCLUDES(mutex_);

 private:
  void Work() SKALD_EXCLUDES(mutex_);

  const size_t queue_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<std::function<void()>> waiting_ SKALD_GUARDED_BY(mutex_);
  bool ending_ SKALD_GUARDED_BY(mutex_) = false;
  std::vector<Thread> threads_;
};

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_READER_POOL_H_
