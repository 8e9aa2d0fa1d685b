// Where a worker finds what it has to do.
//
// What clients send is bounded: it is refused when the mailbox is full. What comes from inside
// (replies, commits, loads) always gets in: it is bounded by the work that was taken in, and losing
// it would lose an outcome.
//
// Threading: locked. Any thread puts, the worker takes.
#ifndef SKALD_ENGINE_RUNTIME_MAILBOX_H_
#define SKALD_ENGINE_RUNTIME_MAILBOX_H_

#include <cstddef>
#include <vector>

#include "absl/time/time.h"
#include "base/mutex.h"
#include "engine/runtime/message.h"

namespace skald::runtime {

class Mailbox final {
 public:
  enum class Offered { kTaken, kFull, kClosed };

  // `most`: messages from clients that wait.
  explicit Mailbox(int most) : most_(static_cast<size_t>(most)) {}
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // From a client. Moved from only if it is taken.
  [[nodiscard]] Offered Offer(Mail&& message);

  // From inside. Dropped if the mailbox is closed: the node has stopped, and treats whatever it did
  // not hear as a crash would.
  void Put(Mail message);

  // Lets Take return, with or without a message.
  void Wake();

  // Everything that waits, oldest first. Waits until there is something, Wake is called or
  // `timeout` (of the steady clock) has passed; then the result may be empty.
  std::vector<Mail> Take(absl::Duration timeout);

  // Nothing gets in any more; what still waits is returned.
  std::vector<Mail> Close();

 private:
  const size_t most_;
  Mutex mutex_;
  CondVar filled_;
  std::vector<Mail> messages_ SKALD_GUARDED_BY(mutex_);
  size_t from_clients_ SKALD_GUARDED_BY(mutex_) = 0;
  bool woken_ SKALD_GUARDED_BY(mutex_) = false;
  bool closed_ SKALD_GUARDED_BY(mutex_) = false;
};

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_MAILBOX_H_
