// Answers a unary call once a saga has settled: for WaitSaga, and for StartSaga with `wait`.
//
//   auto watches = CallWatches::Of(hub, *call);
//   SKALD_ASSIGN_OR_RETURN(uint64_t watch, AnswerWhenSettled(..., saga_id, timeout, watches,
//   make)); hub.Begin(watch, LoadSaga(store, saga_id));
//
// Threading: locked.
#ifndef SKALD_ENGINE_SERVER_SETTLED_ANSWER_H_
#define SKALD_ENGINE_SERVER_SETTLED_ANSWER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"
#include "engine/server/translate.h"
#include "engine/server/unary_call.h"
#include "engine/server/watch_hub.h"

namespace skald::server {

// The watches that one call needs: removed when it is over, however it ends.
class CallWatches final {
 public:
  explicit CallWatches(WatchHub& hub) : hub_(hub) {}

  // To be called before the handler returns.
  template <typename Response>
  static std::shared_ptr<CallWatches> Of(WatchHub& hub, UnaryCall<Response>& call) {
    auto watches = std::make_shared<CallWatches>(hub);
    call.WhenDone([watches] { watches->RemoveAll(); });
    return watches;
  }

  // One that comes when the call is over already is removed at once.
  void Add(uint64_t watch) SKALD_EXCLUDES(mutex_) {
    {
      MutexLock lock(mutex_);
      if (!over_) {
        watches_.push_back(watch);
        return;
      }
    }
    hub_.Remove(watch);
  }

 private:
  void RemoveAll() SKALD_EXCLUDES(mutex_) {
    std::vector<uint64_t> watches;
    {
      MutexLock lock(mutex_);
      over_ = true;
      watches.swap(watches_);
    }
    for (const uint64_t watch : watches) hub_.Remove(watch);
  }

  WatchHub& hub_;
  Mutex mutex_;
  bool over_ SKALD_GUARDED_BY(mutex_) = false;
  std::vector<uint64_t> watches_ SKALD_GUARDED_BY(mutex_);
};

// Answers `call` with make(saga) once the saga has settled, `timeout` has passed or the server
// stops. Nothing is answered before Begin was called for the watch that is returned.
template <typename Response, typename Make>
absl::StatusOr<uint64_t> AnswerWhenSettled(const ServiceContext& context, const Backend& backend,
                                           const std::string& saga_id,
                                           std::optional<absl::Duration> timeout,
                                           const std::shared_ptr<UnaryCall<Response>>& call,
                                           CallWatches& watches, Make make) {
  const auto last = std::make_shared<v1::SagaRecord>();
  SKALD_ASSIGN_OR_RETURN(
      const uint64_t watch,
      context.watches.Add(*backend.engine, saga_id, timeout, [call, last, make](const News& news) {
        if (!news.failed.ok()) return call->Answer(news.failed);
        if (news.saga.has_value()) *last = *news.saga;
        if (IsSettled(last->status()) || news.timed_out || news.closing) call->Answer(make(*last));
      }));
  watches.Add(watch);
  return watch;
}

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_SETTLED_ANSWER_H_
