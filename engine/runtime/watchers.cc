#include "engine/runtime/watchers.h"

#include <utility>
#include <vector>

namespace skald::runtime {

uint64_t Watchers::Watch(std::string saga_id, Watcher watcher) {
  auto entry = std::make_shared<Entry>();
  entry->saga_id = std::move(saga_id);
  entry->watcher = std::move(watcher);
  MutexLock lock(mutex_);
  const uint64_t watch = ++last_;
  entries_.emplace(watch, entry);
  by_saga_[entry->saga_id].emplace(watch, entry);
  return watch;
}

void Watchers::Unwatch(uint64_t watch) {
  MutexLock lock(mutex_);
  const auto found = entries_.find(watch);
  if (found == entries_.end()) return;
  const std::shared_ptr<Entry> entry = found->second;
  entries_.erase(found);
  const auto saga = by_saga_.find(entry->saga_id);
  saga->second.erase(watch);
  if (saga->second.empty()) by_saga_.erase(saga);
  entry->ended = true;
  while (entry->caller != std::thread::id() && entry->caller != std::this_thread::get_id()) {
    returned_.Wait(lock);
  }
}

void Watchers::Notify(const v1::SagaRecord& saga) {
  std::vector<std::shared_ptr<Entry>> interested;
  {
    MutexLock lock(mutex_);
    const auto found = by_saga_.find(saga.id());
    if (found == by_saga_.end()) return;
    for (const auto& [watch, entry] : found->second) interested.push_back(entry);
  }
  for (const std::shared_ptr<Entry>& entry : interested) {
    {
      MutexLock lock(mutex_);
      if (entry->ended) continue;
      entry->caller = std::this_thread::get_id();
    }
    entry->watcher(saga);
    MutexLock lock(mutex_);
    entry->caller = std::thread::id();
    returned_.NotifyAll();
  }
}

}  // namespace skald::runtime
