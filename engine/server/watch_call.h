// One client's stream of a saga's changes. However slow the client is, at most two messages are
// kept: the one that is being written and the newest.
//
// Threading: locked.
#ifndef SKALD_ENGINE_SERVER_WATCH_CALL_H_
#define SKALD_ENGINE_SERVER_WATCH_CALL_H_

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <optional>

#include "base/mutex.h"
#include "engine/server/watch_hub.h"
#include "sagas/registry.h"
#include "skald/v1/saga.pb.h"

namespace skald::server {

class WatchCall final : private grpc::ServerWriteReactor<v1::Saga> {
 public:
  static std::shared_ptr<WatchCall> Make(const Registry& registry, WatchHub& hub);

  // The hub's watch, removed when the call is over. Set before the handler returns.
  void SetWatch(uint64_t watch) { watch_ = watch; }

  // Sends what is new; ends after a saga that has ended, and when the server stops.
  void Hear(const News& news) SKALD_EXCLUDES(mutex_);

  // Ends the stream once what is being written is written. Only the first status counts.
  void End(const absl::Status& status) SKALD_EXCLUDES(mutex_);

  grpc::ServerWriteReactor<v1::Saga>* reactor() { return this; }

 private:
  WatchCall(const Registry& registry, WatchHub& hub) : registry_(registry), hub_(hub) {}

  void OnWriteDone(bool ok) override SKALD_EXCLUDES(mutex_);
  void OnCancel() override;
  void OnDone() override;
  // Writes or finishes, if there is cause to and nothing is being written.
  void GoOn() SKALD_EXCLUDES(mutex_);

  const Registry& registry_;
  WatchHub& hub_;
  std::optional<uint64_t> watch_;

  Mutex mutex_;
  std::optional<v1::Saga> next_ SKALD_GUARDED_BY(mutex_);
  std::optional<absl::Status> end_ SKALD_GUARDED_BY(mutex_);
  bool writing_ SKALD_GUARDED_BY(mutex_) = false;
  bool finished_ SKALD_GUARDED_BY(mutex_) = false;
  // gRPC reads it while `writing_`.
  v1::Saga current_;
  // gRPC's own share of it, given back in OnDone.
  std::shared_ptr<WatchCall> self_;
};

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_WATCH_CALL_H_
