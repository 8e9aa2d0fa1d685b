#include "engine/runtime/loader.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <unordered_map>
#include <utility>

#include "absl/status/status.h"

namespace skald::runtime {
namespace {

// Sagas in one read. States may have a megabyte each.
constexpr size_t kBatch = 100;

std::vector<std::string> TakeBatch(std::vector<std::string>& waiting) {
  const auto end = waiting.begin() + static_cast<long>(std::min(kBatch, waiting.size()));
  std::vector<std::string> batch(std::make_move_iterator(waiting.begin()),
                                 std::make_move_iterator(end));
  waiting.erase(waiting.begin(), end);
  return batch;
}

}  // namespace

Loader::Loader(Store& store, int most, Deliver deliver)
    : store_(store),
      most_(static_cast<size_t>(most)),
      deliver_(std::move(deliver)),
      thread_("loader", [this] { Run(); }) {}

Loader::~Loader() {
  {
    MutexLock lock(mutex_);
    ending_ = true;
    changed_.NotifyAll();
  }
  thread_.Join();
}

bool Loader::Load(std::string saga_id) {
  MutexLock lock(mutex_);
  if (waiting_.size() >= most_) return false;
  waiting_.push_back(std::move(saga_id));
  changed_.NotifyAll();
  return true;
}

void Loader::FindNext(std::string key) {
  MutexLock lock(mutex_);
  if (keys_.size() >= most_) return;
  keys_.push_back(std::move(key));
  changed_.NotifyAll();
}

void Loader::Run() {
  while (true) {
    std::vector<std::string> batch;
    std::vector<std::string> keys;
    {
      MutexLock lock(mutex_);
      while (waiting_.empty() && keys_.empty() && !ending_) changed_.Wait(lock);
      if (ending_) return;
      batch = TakeBatch(waiting_);
      keys = TakeBatch(keys_);
    }
    if (!batch.empty()) LoadBatch(batch);
    for (const std::string& key : keys) FindNow(key);
  }
}

void Loader::FindNow(const std::string& key) {
  auto found = store_.FindKey(key);
  if (!found.ok() || !found->holder.empty() || found->next.empty()) return;
  const std::string next = found->next;
  deliver_(next, KeyFreed{.saga_id = next});
}

void Loader::LoadBatch(const std::vector<std::string>& saga_ids) {
  auto records = store_.Load(saga_ids);
  if (!records.ok()) {
    // A row that cannot be read must not hide the others.
    if (!absl::IsUnavailable(records.status()) && saga_ids.size() > 1) {
      for (const std::string& saga_id : saga_ids) LoadBatch({saga_id});
      return;
    }
    for (const std::string& saga_id : saga_ids) {
      deliver_(saga_id, SagaLoaded{.saga_id = saga_id, .record = records.status()});
    }
    return;
  }
  std::unordered_map<std::string, v1::SagaRecord> found;
  for (v1::SagaRecord& record : *records) {
    std::string id = record.id();
    found.emplace(std::move(id), std::move(record));
  }
  for (const std::string& saga_id : saga_ids) {
    const auto record = found.find(saga_id);
    SagaLoaded loaded{.saga_id = saga_id, .record = std::optional<v1::SagaRecord>()};
    if (record != found.end()) loaded.record = std::optional(std::move(record->second));
    deliver_(saga_id, std::move(loaded));
  }
}

}  // namespace skald::runtime
