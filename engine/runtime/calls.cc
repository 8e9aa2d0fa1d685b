#include "engine/runtime/calls.h"

#include <chrono>
#include <string>
#include <utility>

namespace skald::runtime {

void Calls::UnderWay::Add(int64_t calls) {
  MutexLock lock(mutex);
  count += calls;
  if (count == 0) none.NotifyAll();
}

void Calls::Promise(int calls) {
  if (calls != 0) under_way_->Add(calls);
}

void Calls::Withdraw(int calls) { Promise(-calls); }

void Calls::Send(OutgoingCall call, std::shared_ptr<Mailbox> mailbox) {
  auto done = [under_way = under_way_, mailbox = std::move(mailbox), saga_id = call.saga_id,
               step = call.attempt.step, phase = call.attempt.phase,
               attempt = call.attempt.attempt](core::AttemptEnded ended) {
    ended.step = step;
    ended.phase = phase;
    ended.attempt = attempt;
    // First the outcome, then the count: who sees no call under way may rely on the mailbox.
    mailbox->Put(CallEnded{.saga_id = saga_id, .ended = std::move(ended)});
    under_way->Add(-1);
  };
  caller_.Call(std::move(call), std::move(done));
}

int64_t Calls::in_flight() const {
  MutexLock lock(under_way_->mutex);
  return under_way_->count;
}

void Calls::WaitForNone(absl::Duration timeout) {
  const auto end = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(timeout);
  MutexLock lock(under_way_->mutex);
  while (under_way_->count > 0) {
    const auto left = end - std::chrono::steady_clock::now();
    if (left <= left.zero()) return;
    under_way_->none.WaitFor(lock, absl::FromChrono(left));
  }
}

}  // namespace skald::runtime
