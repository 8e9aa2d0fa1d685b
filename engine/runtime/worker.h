// One thread, its mailbox, its timers and its shards.
//
// Threading: the mailbox is locked and is all that others touch; the rest is confined to the
// thread.
#ifndef SKALD_ENGINE_RUNTIME_WORKER_H_
#define SKALD_ENGINE_RUNTIME_WORKER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/thread.h"
#include "engine/runtime/mailbox.h"
#include "engine/runtime/message.h"
#include "engine/runtime/shard.h"
#include "engine/runtime/timers.h"

namespace skald::runtime {

// The shard that a saga belongs to, for ever.
int ShardOf(const std::string& saga_id, int shards);

class Worker final {
 public:
  // Owns the shards with number % options.workers == index. `epochs`: of all shards.
  Worker(int index, const std::vector<int64_t>& epochs, const Surroundings& around);

  // Begins. Messages may be put before.
  void Run();
  // Until the thread has ended, which takes a Quit.
  void Join() {
    if (thread_) thread_->Join();
  }

  Mailbox& mailbox() { return *mailbox_; }

 private:
  void Loop();
  void Handle(Mail message);
  void FireTimers();
  absl::Duration TimeToWait() const;
  bool MayEnd() const;
  // Answers everybody who still waits.
  void End();
  Shard& ShardFor(const std::string& saga_id);

  const int index_;
  const Surroundings around_;
  const std::shared_ptr<Mailbox> mailbox_;
  Timers timers_;
  std::map<int, Shard> shards_;
  bool draining_ = false;
  bool quitting_ = false;
  std::optional<Thread> thread_;
};

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_WORKER_H_
