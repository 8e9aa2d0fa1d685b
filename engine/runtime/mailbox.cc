#include "engine/runtime/mailbox.h"

#include <utility>

namespace skald::runtime {

Mailbox::Offered Mailbox::Offer(Mail&& message) {
  MutexLock lock(mutex_);
  if (closed_) return Offered::kClosed;
  if (from_clients_ >= most_) return Offered::kFull;
  ++from_clients_;
  messages_.push_back(std::move(message));
  filled_.NotifyOne();
  return Offered::kTaken;
}

void Mailbox::Put(Mail message) {
  MutexLock lock(mutex_);
  if (closed_) return;
  messages_.push_back(std::move(message));
  filled_.NotifyOne();
}

void Mailbox::Wake() {
  MutexLock lock(mutex_);
  woken_ = true;
  filled_.NotifyOne();
}

std::vector<Mail> Mailbox::Take(absl::Duration timeout) {
  MutexLock lock(mutex_);
  // A wait that ends early without reason is harmless: the worker looks at its timers and comes
  // back.
  if (messages_.empty() && !woken_ && timeout > absl::ZeroDuration()) {
    filled_.WaitFor(lock, timeout);
  }
  woken_ = false;
  from_clients_ = 0;
  return std::exchange(messages_, {});
}

std::vector<Mail> Mailbox::Close() {
  MutexLock lock(mutex_);
  closed_ = true;
  from_clients_ = 0;
  return std::exchange(messages_, {});
}

}  // namespace skald::runtime
