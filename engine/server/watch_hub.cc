#include "engine/server/watch_hub.h"

#include "base/status.h"
#include "engine/server/errors.h"

namespace skald::server {
namespace {

absl::Status Closing() {
  return WithReason(Unavailable("the server is shutting down"), "SHUTTING_DOWN");
}

}  // namespace

WatchHub::WatchHub(int most)
    : most_(static_cast<size_t>(most)), thread_("watches", [this] { Run(); }) {}

WatchHub::~WatchHub() {
  {
    MutexLock lock(mutex_);
    ending_ = true;
  }
  changed_.NotifyAll();
  thread_.Join();
}

absl::StatusOr<uint64_t> WatchHub::Add(runtime::Engine& engine, const std::string& saga_id,
                                       std::optional<absl::Duration> timeout, Listener listener) {
  auto watch = std::make_shared<Watch>();
  watch->engine = &engine;
  watch->listener = std::move(listener);
  uint64_t id = 0;
  {
    MutexLock lock(mutex_);
    if (closed_) return Closing();
    if (watches_.size() >= most_) {
      return WithReason(Error(StatusCode::kResourceExhausted,
                              "{} sagas are waited for or watched already", most_),
                        "TOO_MANY_WATCHES");
    }
    id = ++last_;
    // Far off is never: the clock's own range is no place to add to.
    if (timeout.has_value() && *timeout < absl::Hours(24 * 365)) {
      watch->deadline = Clock::now() + absl::ToChronoNanoseconds(*timeout);
      deadlines_.emplace(watch->deadline, id);
      changed_.NotifyOne();
    }
    watches_.emplace(id, watch);
  }
  const uint64_t engine_watch =
      engine.Watch(saga_id, [this, id](const v1::SagaRecord& saga) { Offer(id, saga); });
  MutexLock lock(mutex_);
  watch->engine_watch = engine_watch;
  return id;
}

void WatchHub::Take(const v1::SagaRecord& saga, Watch& watch) {
  if (saga.revision() <= watch.told_revision) return;
  if (watch.news.saga.has_value() && saga.revision() <= watch.news.saga->revision()) return;
  watch.news.saga = saga;
}

void WatchHub::Queue(uint64_t id, Watch& watch) {
  if (!watch.begun || watch.queued) return;
  watch.queued = true;
  ready_.push_back(id);
  changed_.NotifyOne();
}

void WatchHub::Offer(uint64_t watch, const v1::SagaRecord& saga) {
  MutexLock lock(mutex_);
  const auto found = watches_.find(watch);
  if (found == watches_.end()) return;
  Take(saga, *found->second);
  Queue(watch, *found->second);
}

void WatchHub::Begin(uint64_t watch, absl::StatusOr<v1::SagaRecord> found) {
  MutexLock lock(mutex_);
  const auto entry = watches_.find(watch);
  if (entry == watches_.end()) return;
  if (found.ok()) {
    Take(*found, *entry->second);
  } else {
    entry->second->news.failed = std::move(found).status();
  }
  entry->second->begun = true;
  if (closed_) entry->second->news.closing = true;
  Queue(watch, *entry->second);
}

void WatchHub::Remove(uint64_t watch) {
  MutexLock lock(mutex_);
  const auto found = watches_.find(watch);
  if (found == watches_.end()) return;
  deadlines_.erase({found->second->deadline, watch});
  removed_.push_back(std::move(found->second));
  watches_.erase(found);
  changed_.NotifyOne();
}

void WatchHub::Close() {
  MutexLock lock(mutex_);
  closed_ = true;
  for (auto& [id, watch] : watches_) {
    watch->news.closing = true;
    Queue(id, *watch);
  }
}

int WatchHub::size() const {
  MutexLock lock(mutex_);
  return static_cast<int>(watches_.size());
}

void WatchHub::FindLate() {
  const Clock::time_point now = Clock::now();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const uint64_t id = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    const std::shared_ptr<Watch>& watch = watches_.at(id);
    watch->news.timed_out = true;
    Queue(id, *watch);
  }
}

void WatchHub::Tell(uint64_t id) {
  std::shared_ptr<Watch> watch;
  News news;
  {
    MutexLock lock(mutex_);
    const auto found = watches_.find(id);
    if (found == watches_.end()) return;
    watch = found->second;
    watch->queued = false;
    news = std::exchange(watch->news, News());
    if (news.saga.has_value()) watch->told_revision = news.saga->revision();
  }
  watch->listener(news);
}

void WatchHub::Run() {
  for (;;) {
    std::deque<uint64_t> ready;
    std::deque<std::shared_ptr<Watch>> removed;
    {
      MutexLock lock(mutex_);
      FindLate();
      while (ready_.empty() && removed_.empty() && !ending_) {
        if (deadlines_.empty()) {
          changed_.Wait(lock);
        } else {
          changed_.WaitFor(lock, absl::FromChrono(deadlines_.begin()->first - Clock::now()));
        }
        FindLate();
      }
      if (ready_.empty() && removed_.empty()) return;
      ready.swap(ready_);
      removed.swap(removed_);
    }
    for (const uint64_t id : ready) Tell(id);
    for (const std::shared_ptr<Watch>& watch : removed) watch->engine->Unwatch(watch->engine_watch);
  }
}

}  // namespace skald::server
