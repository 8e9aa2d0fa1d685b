#include "engine/server/watch_call.h"

#include <utility>

#include "base/status.h"
#include "engine/server/errors.h"
#include "engine/server/grpc_status.h"
#include "engine/server/translate.h"

namespace skald::server {

std::shared_ptr<WatchCall> WatchCall::Make(const Registry& registry, WatchHub& hub) {
  std::shared_ptr<WatchCall> call(new WatchCall(registry, hub));
  call->self_ = call;
  return call;
}

void WatchCall::Hear(const News& news) {
  if (!news.failed.ok()) return End(news.failed);
  if (news.saga.has_value()) {
    v1::Saga saga = ToSaga(*news.saga, registry_, Detail::kWhole);
    MutexLock lock(mutex_);
    next_ = std::move(saga);
  }
  if (news.saga.has_value() && HasEnded(news.saga->status())) return End(absl::OkStatus());
  if (news.closing) {
    return End(
        WithReason(Unavailable("the server is shutting down: watch again elsewhere, or later"),
                   "SHUTTING_DOWN"));
  }
  GoOn();
}

void WatchCall::End(const absl::Status& status) {
  {
    MutexLock lock(mutex_);
    if (!end_.has_value()) end_ = status;
  }
  GoOn();
}

void WatchCall::OnWriteDone(bool ok) {
  {
    MutexLock lock(mutex_);
    writing_ = false;
    if (!ok) {
      next_.reset();
      if (!end_.has_value()) end_ = absl::CancelledError("the client has gone away");
    }
  }
  GoOn();
}

void WatchCall::OnCancel() {
  {
    MutexLock lock(mutex_);
    next_.reset();
  }
  End(absl::CancelledError("the client has gone away"));
}

void WatchCall::OnDone() {
  if (watch_.has_value()) hub_.Remove(*watch_);
  self_.reset();
}

void WatchCall::GoOn() {
  std::optional<absl::Status> end;
  {
    MutexLock lock(mutex_);
    if (writing_ || finished_) return;
    if (next_.has_value()) {
      current_ = *std::exchange(next_, std::nullopt);
      writing_ = true;
    } else if (end_.has_value()) {
      finished_ = true;
      end = end_;
    } else {
      return;
    }
  }
  // Not under the lock: gRPC may call back from within.
  if (end.has_value()) {
    Finish(ToGrpc(*end));
  } else {
    StartWrite(&current_);
  }
}

}  // namespace skald::server
