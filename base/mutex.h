// A mutex and a condition variable that clang's thread-safety analysis and the thread sanitizer
// both understand. (Debian's absl::Mutex is not instrumented, and its races are false.)
//
//   Mutex mutex_;
//   std::deque<Event> events_ SKALD_GUARDED_BY(mutex_);
//
//   MutexLock lock(mutex_);
//   while (events_.empty()) ready_.Wait(lock);
#ifndef SKALD_BASE_MUTEX_H_
#define SKALD_BASE_MUTEX_H_

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "absl/time/time.h"

#if defined(__clang__)
#define SKALD_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define SKALD_THREAD_ANNOTATION(x)
#endif

#define SKALD_GUARDED_BY(x) SKALD_THREAD_ANNOTATION(guarded_by(x))
#define SKALD_REQUIRES(...) SKALD_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define SKALD_EXCLUDES(...) SKALD_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))

namespace skald {

class SKALD_THREAD_ANNOTATION(capability("mutex")) Mutex {
 public:
  void Lock() SKALD_THREAD_ANNOTATION(acquire_capability()) { mutex_.lock(); }
  void Unlock() SKALD_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

class SKALD_THREAD_ANNOTATION(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) SKALD_THREAD_ANNOTATION(acquire_capability(mutex))
      : lock_(mutex.mutex_) {}
  ~MutexLock() SKALD_THREAD_ANNOTATION(release_capability()) = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  friend class CondVar;
  std::unique_lock<std::mutex> lock_;
};

class CondVar {
 public:
  void Wait(MutexLock& lock) { condition_.wait(lock.lock_); }

  // Returns after `timeout` at the latest. Measured on the steady clock: a step of the wall clock
  // neither prolongs nor cuts the wait.
  void WaitFor(MutexLock& lock, absl::Duration timeout) {
    if (timeout == absl::InfiniteDuration()) return Wait(lock);
    condition_.wait_until(lock.lock_,
                          std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(timeout));
  }

  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace skald

#endif  // SKALD_BASE_MUTEX_H_
