#include "storage/memory/memory_store.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include "base/status.h"
#include "storage/filter_match.h"
#include "storage/sleep.h"

namespace skald {
namespace {

PageKey KeyOf(const v1::SagaRecord& saga) { return {saga.created_us(), saga.id(), 0}; }

PageKey KeyOf(const v1::DeadLetterRecord& letter) {
  return {letter.created_us(), letter.saga_id(), letter.number()};
}

PageKey KeyOf(const v1::AuditRecord& row) { return {row.at_us(), row.saga_id(), row.revision()}; }

// The page of `items` that follows `request.after`, newest first.
template <typename T>
StatusOr<Page<T>> CutPage(std::vector<T> items, const PageRequest& request) {
  SKALD_ASSIGN_OR_RETURN(const PageKey after, FromPageToken(request.after));
  std::sort(items.begin(), items.end(), [](const T& a, const T& b) { return KeyOf(b) < KeyOf(a); });
  Page<T> page;
  for (T& item : items) {
    if (!(KeyOf(item) < after)) continue;
    if (page.items.size() == static_cast<size_t>(request.size)) {
      page.next = ToPageToken(KeyOf(page.items.back()));
      break;
    }
    page.items.push_back(std::move(item));
  }
  return page;
}

}  // namespace

void MemoryStore::FailNextCommit(absl::Status error, Fate fate) {
  MutexLock lock(mutex_);
  faults_.push_back({std::move(error), fate});
}

void MemoryStore::FailEverything(absl::Status error) {
  MutexLock lock(mutex_);
  away_ = std::move(error);
}

int64_t MemoryStore::commits() const {
  MutexLock lock(mutex_);
  return commits_;
}

absl::StatusOr<std::vector<int64_t>> MemoryStore::TakeShards(int shards, std::string_view) {
  MutexLock lock(mutex_);
  SKALD_RETURN_IF_ERROR(away_);
  if (!epochs_.empty() && epochs_.size() != static_cast<size_t>(shards)) {
    return FailedPrecondition("this store was made with {} shards, not {}", epochs_.size(), shards);
  }
  epochs_.resize(static_cast<size_t>(shards));
  for (int64_t& epoch : epochs_) ++epoch;
  return epochs_;
}

absl::StatusOr<std::vector<ChangeResult>> MemoryStore::Commit(std::span<const Change> changes) {
  MutexLock lock(mutex_);
  ++commits_;
  SKALD_RETURN_IF_ERROR(away_);
  Fault fault = {absl::OkStatus(), Fate::kStored};
  if (!faults_.empty()) {
    fault = std::move(faults_.front());
    faults_.pop_front();
  }
  std::vector<ChangeResult> results;
  if (fault.fate == Fate::kStored) {
    results.resize(changes.size());
    for (const size_t i : ClaimOrder(changes)) results[i] = Apply(changes[i]);
  }
  SKALD_RETURN_IF_ERROR(fault.error);
  return results;
}

ChangeResult MemoryStore::Apply(const Change& change) {
  const v1::SagaRecord& record = *change.record;
  const auto shard = static_cast<size_t>(record.shard());
  if (shard >= epochs_.size() || epochs_[shard] != record.epoch()) return ChangeResult::kStaleEpoch;
  const auto old = sagas_.find(record.id());
  if (record.revision() == 1) {
    if (old != sagas_.end()) return ChangeResult::kAlreadyExists;
  } else if (old == sagas_.end() || old->second.record.revision() != record.revision() - 1) {
    return ChangeResult::kConflict;
  }
  const auto line = keys_.find(record.exclusive_key());
  if (ClaimOf(change) == KeyClaim::kTake && line != keys_.end() && !line->second.MayTake(record)) {
    return ChangeResult::kKeyTaken;
  }
  Saga& saga = sagas_[record.id()];
  saga.record = record;
  saga.record.clear_steps();
  for (const int index : change.changed_steps) saga.steps[index] = record.steps(index);
  for (const v1::HistoryEntry& entry : change.history) {
    history_[{record.id(), entry.number()}] = entry;
  }
  if (change.dead_letter != nullptr) {
    dead_letters_[{record.id(), change.dead_letter->number()}] = *change.dead_letter;
  }
  if (change.audit != nullptr) audit_[{record.id(), change.audit->revision()}] = *change.audit;
  if (const v1::DefinitionRecord* definition = change.definition; definition != nullptr) {
    definitions_.try_emplace({definition->name(), definition->version()}, *definition);
  }
  Claim(change);
  return ChangeResult::kStored;
}

void MemoryStore::Claim(const Change& change) {
  const KeyClaim claim = ClaimOf(change);
  if (claim == KeyClaim::kNone) return;
  const auto line = keys_.try_emplace(change.record->exclusive_key()).first;
  line->second.Apply(claim, *change.record);
  if (line->second.empty()) keys_.erase(line);
}

v1::SagaRecord MemoryStore::WithSteps(const Saga& saga) {
  v1::SagaRecord record = saga.record;
  for (const auto& [index, step] : saga.steps) *record.add_steps() = step;
  return record;
}

absl::StatusOr<std::vector<v1::SagaRecord>> MemoryStore::Load(std::span<const std::string> ids) {
  MutexLock lock(mutex_);
  SKALD_RETURN_IF_ERROR(away_);
  std::vector<v1::SagaRecord> found;
  for (const std::string& id : std::set<std::string>(ids.begin(), ids.end())) {
    if (const auto saga = sagas_.find(id); saga != sagas_.end()) {
      found.push_back(WithSteps(saga->second));
    }
  }
  return found;
}

absl::StatusOr<std::vector<v1::SagaRecord>> MemoryStore::LoadUnfinished(int shard,
                                                                        std::string_view after_id,
                                                                        int limit) {
  MutexLock lock(mutex_);
  SKALD_RETURN_IF_ERROR(away_);
  std::vector<v1::SagaRecord> found;
  for (auto saga = sagas_.upper_bound(std::string(after_id));
       saga != sagas_.end() && found.size() < static_cast<size_t>(limit); ++saga) {
    const v1::SagaRecord& record = saga->second.record;
    const bool awake = IsUnfinished(record) && WakesUs(record) == 0;
    if (record.shard() == shard && awake) found.push_back(WithSteps(saga->second));
  }
  return found;
}

absl::StatusOr<std::vector<v1::SagaRecord>> MemoryStore::LoadDue(std::span<const int> shards,
                                                                 const DuePlace& after,
                                                                 int64_t before_us, int limit) {
  MutexLock lock(mutex_);
  SKALD_RETURN_IF_ERROR(away_);
  std::map<std::pair<int64_t, std::string>, const Saga*> due;
  for (const auto& [id, saga] : sagas_) {
    const int64_t wakes_us = WakesUs(saga.record);
    const bool ours = std::count(shards.begin(), shards.end(), saga.record.shard()) > 0;
    if (ours && wakes_us > 0 && wakes_us <= before_us) due[{wakes_us, id}] = &saga;
  }
  std::vector<v1::SagaRecord> found;
  for (auto saga = due.upper_bound({after.due_us, after.id});
       saga != due.end() && found.size() < static_cast<size_t>(limit); ++saga) {
    found.push_back(WithSteps(*saga->second));
  }
  return found;
}

absl::StatusOr<std::vector<DefinitionCount>> MemoryStore::CountSagas() {
  MutexLock lock(mutex_);
  SKALD_RETURN_IF_ERROR(away_);
  std::map<std::tuple<std::string, int, v1::Saga::Status>, int64_t> sagas;
  for (const auto& [id, saga] : sagas_) {
    const v1::SagaRecord& record = saga.record;
    if (!IsUnfinished(record) && record.status() != v1::Saga::DEAD_LETTERED) continue;
    ++sagas[{record.definition(), record.definition_version(), record.status()}];
  }
  std::vector<DefinitionCount> counts;
  for (const auto& [key, count] : sagas) {
    const auto& [definition, version, status] = key;
    counts.push_back({definition, version, status, count});
  }
  return counts;
}

absl::StatusOr<KeyHolder> MemoryStore::FindKey(std::string_view key) {
  MutexLock lock(mutex_);
  SKALD_RETURN_IF_ERROR(away_);
  KeyHolder found;
  if (const auto line = keys_.find(key); line != keys_.end()) {
    found.holder = line->second.holder;
    if (!line->second.waiters.empty()) found.next = line->second.waiters.begin()->second;
  }
  return found;
}

absl::StatusOr<Page<v1::SagaRecord>> MemoryStore::ListSagas(const Filter& filter,
                                                            const PageRequest& page) {
  MutexLock lock(mutex_);
  SKALD_RETURN_IF_ERROR(away_);
  std::vector<v1::SagaRecord> found;
  for (const auto& [id, saga] : sagas_) {
    if (Matches(filter, saga.record)) found.push_back(saga.record);
  }
  return CutPage(std::move(found), page);
}

absl::StatusOr<std::vector<v1::HistoryEntry>> MemoryStore::ListHistory(std::string_view saga_id,
                                                                       int64_t after, int limit) {
  MutexLock lock(mutex_);
  SKALD_RETURN_IF_ERROR(away_);
  std::vector<v1::HistoryEntry> found;
  for (auto entry = history_.upper_bound({std::string(saga_id), after});
       entry != history_.end() && entry->first.first == saga_id &&
       found.size() < static_cast<size_t>(limit);
       ++entry) {
    found.push_back(entry->second);
  }
  return found;
}

absl::StatusOr<Page<v1::DeadLetterRecord>> MemoryStore::ListDeadLetters(const Filter& filter,
                                                                        const PageRequest& page) {
  MutexLock lock(mutex_);
  SKALD_RETURN_IF_ERROR(away_);
  std::vector<v1::DeadLetterRecord> found;
  for (const auto& [key, letter] : dead_letters_) {
    if (Matches(filter, letter)) found.push_back(letter);
  }
  return CutPage(std::move(found), page);
}

absl::StatusOr<v1::DeadLetterRecord> MemoryStore::GetDeadLetter(std::string_view saga_id,
                                                                int number) {
  MutexLock lock(mutex_);
  SKALD_RETURN_IF_ERROR(away_);
  const v1::DeadLetterRecord* newest = nullptr;
  for (const auto& [key, letter] : dead_letters_) {
    if (key.first != saga_id) continue;
    if (letter.number() == number) return letter;
    if (number != 0) continue;
    if (letter.closed_us() == 0) return letter;
    newest = &letter;
  }
  if (newest != nullptr) return *newest;
  if (number == 0) return NotFound("saga {} has no dead letter", saga_id);
  return NotFound("saga {} has no dead letter {}", saga_id, number);
}

absl::StatusOr<Page<v1::AuditRecord>> MemoryStore::ListAudit(std::string_view saga_id,
                                                             const PageRequest& page) {
  MutexLock lock(mutex_);
  SKALD_RETURN_IF_ERROR(away_);
  std::vector<v1::AuditRecord> found;
  for (const auto& [key, row] : audit_) {
    if (saga_id.empty() || key.first == saga_id) found.push_back(row);
  }
  return CutPage(std::move(found), page);
}

absl::StatusOr<std::vector<v1::DefinitionRecord>> MemoryStore::ListDefinitions() {
  MutexLock lock(mutex_);
  SKALD_RETURN_IF_ERROR(away_);
  std::vector<v1::DefinitionRecord> all;
  for (const auto& [key, definition] : definitions_) all.push_back(definition);
  return all;
}

absl::Status MemoryStore::Check() {
  MutexLock lock(mutex_);
  return away_;
}

}  // namespace skald
