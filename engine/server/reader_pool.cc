#include "engine/server/reader_pool.h"

#include <fmt/core.h>

#include <utility>

namespace skald::server {

ReaderPool::ReaderPool(int threads, int queue) : queue_(static_cast<size_t>(queue)) {
  for (int i = 0; i < threads; ++i)
    threads_.emplace_back(fmt::format("reader-{}", i), [this] { Work(); });
}

ReaderPool::~ReaderPool() {
  {
    MutexLock lock(mutex_);
    ending_ = true;
  }
  changed_.NotifyAll();
  for (Thread& thread : threads_) thread.Join();
}

bool ReaderPool::Run(std::function<void()> read) {
  {
    MutexLock lock(mutex_);
    if (waiting_.size() >= queue_) return false;
    waiting_.push_back(std::move(read));
  }
  changed_.NotifyOne();
  return true;
}

void ReaderPool::Work() {
  for (;;) {
    std::function<void()> read;
    {
      MutexLock lock(mutex_);
      while (waiting_.empty() && !ending_) changed_.Wait(lock);
      if (waiting_.empty()) return;
      read = std::move(waiting_.front());
      waiting_.pop_front();
    }
    read();
  }
}

}  // namespace skald::server
