// The store that says what a store does: maps and a mutex. For tests only: nothing outlives it. It
// fails where a test asks it to.
//
//   MemoryStore store;
//   store.FailNextCommit(absl::UnknownError("the answer was lost"), MemoryStore::Fate::kStored);
//
// Threading: locked.
#ifndef SKALD_STORAGE_MEMORY_MEMORY_STORE_H_
#define SKALD_STORAGE_MEMORY_MEMORY_STORE_H_

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "storage/exclusive_key.h"
#include "storage/page_token.h"
#include "storage/store.h"

namespace skald {

class MemoryStore final : public Store {
 public:
  // What becomes of a commit that answers an error.
  enum class Fate { kStored, kNotStored };

  // The next Commit answers `error` and is stored, or not. Called again: the one after that.
  void FailNextCommit(absl::Status error, Fate fate);

  // All calls answer `error` and do nothing, until they are given OkStatus().
  void FailEverything(absl::Status error);

  // Commits so far, failed ones included.
  [[nodiscard]] int64_t commits() const;

  absl::StatusOr<std::vector<int64_t>> TakeShards(int shards, std::string_view owner) override;
  absl::StatusOr<std::vector<ChangeResult>> Commit(std::span<const Change> changes) override;
  absl::StatusOr<std::vector<v1::SagaRecord>> Load(std::span<const std::string> ids) override;
  absl::StatusOr<std::vector<v1::SagaRecord>> LoadUnfinished(int shard, std::string_view after_id,
                                                             int limit) override;
  absl::StatusOr<std::vector<v1::SagaRecord>> LoadDue(std::span<const int> shards,
                                                      const DuePlace& after, int64_t before_us,
                                                      int limit) override;
  absl::StatusOr<std::vector<DefinitionCount>> CountSagas() override;
  absl::StatusOr<KeyHolder> FindKey(std::string_view key) override;
  absl::StatusOr<Page<v1::SagaRecord>> ListSagas(const Filter& filter,
                                                 const PageRequest& page) override;
  absl::StatusOr<std::vector<v1::HistoryEntry>> ListHistory(std::string_view saga_id, int64_t after,
                                                            int limit) override;
  absl::StatusOr<Page<v1::DeadLetterRecord>> ListDeadLetters(const Filter& filter,
                                                             const PageRequest& page) override;
  absl::StatusOr<v1::DeadLetterRecord> GetDeadLetter(std::string_view saga_id, int number) override;
  absl::StatusOr<Page<v1::AuditRecord>> ListAudit(std::string_view saga_id,
                                                  const PageRequest& page) override;
  absl::StatusOr<std::vector<v1::DefinitionRecord>> ListDefinitions() override;
  absl::Status Check() override;

 private:
  struct Saga {
    // Without steps.
    v1::SagaRecord record;
    // By their index in the record.
    std::map<int, v1::StepState> steps;
  };
  struct Fault {
    absl::Status error;
    Fate fate;
  };
  // Saga id and number: the keys of the tables below.
  using Key = std::pair<std::string, int64_t>;

  ChangeResult Apply(const Change& change) SKALD_REQUIRES(mutex_);
  void Claim(const Change& change) SKALD_REQUIRES(mutex_);
  static v1::SagaRecord WithSteps(const Saga& saga);

  mutable Mutex mutex_;
  std::vector<int64_t> epochs_ SKALD_GUARDED_BY(mutex_);
  std::map<std::string, Saga> sagas_ SKALD_GUARDED_BY(mutex_);
  // Those that somebody holds or waits for.
  std::map<std::string, KeyLine, std::less<>> keys_ SKALD_GUARDED_BY(mutex_);
  std::map<Key, v1::HistoryEntry> history_ SKALD_GUARDED_BY(mutex_);
  std::map<Key, v1::DeadLetterRecord> dead_letters_ SKALD_GUARDED_BY(mutex_);
  std::map<Key, v1::AuditRecord> audit_ SKALD_GUARDED_BY(mutex_);
  // By name and version.
  std::map<Key, v1::DefinitionRecord> definitions_ SKALD_GUARDED_BY(mutex_);

  std::deque<Fault> faults_ SKALD_GUARDED_BY(mutex_);
  absl::Status away_ SKALD_GUARDED_BY(mutex_);
  int64_t commits_ SKALD_GUARDED_BY(mutex_) = 0;
};

}  // namespace skald

#endif  // SKALD_STORAGE_MEMORY_MEMORY_STORE_H_
