// Sends attempts to participants, counts those that are under way, and brings their outcomes home.
//
// Threading: locked.
#ifndef SKALD_ENGINE_RUNTIME_CALLS_H_
#define SKALD_ENGINE_RUNTIME_CALLS_H_

#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "base/mutex.h"
#include "engine/runtime/mailbox.h"
#include "engine/runtime/participant_caller.h"

namespace skald::runtime {

class Calls final {
 public:
  explicit Calls(ParticipantCaller& caller)
      : caller_(caller), under_way_(std::make_shared<UnderWay>()) {}

  // So many calls follow as soon as what asks for them is stored: from now on they count as under
  // way.
  void Promise(int calls);
  // They do not follow, after all.
  void Withdraw(int calls);

  // One that was promised. The outcome arrives in `mailbox`, once. It may come after this object is
  // gone.
  void Send(OutgoingCall call, std::shared_ptr<Mailbox> mailbox);

  [[nodiscard]] int64_t in_flight() const;

  // Until none is under way, and all outcomes are in their mailboxes; at most `timeout`.
  void WaitForNone(absl::Duration timeout);

 private:
  struct UnderWay {
    void Add(int64_t calls);

    Mutex mutex;
    CondVar none;
    int64_t count SKALD_GUARDED_BY(mutex) = 0;
  };

  ParticipantCaller& caller_;
  const std::shared_ptr<UnderWay> under_way_;
};

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_CALLS_H_
