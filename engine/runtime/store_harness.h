// A store in front of another one: for tests in which one method has a mind of its own.
#ifndef SKALD_ENGINE_RUNTIME_STORE_HARNESS_H_
#define SKALD_ENGINE_RUNTIME_STORE_HARNESS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/store.h"

namespace skald::runtime {

// Locked, if `store` is.
class ForwardingStore : public Store {
 public:
  explicit ForwardingStore(Store& store) : store_(store) {}

  absl::StatusOr<std::vector<int64_t>> TakeShards(int shards, std::string_view owner) override {
    return store_.TakeShards(shards, owner);
  }
  absl::StatusOr<std::vector<ChangeResult>> Commit(std::span<const Change> changes) override {
    return store_.Commit(changes);
  }
  absl::StatusOr<std::vector<v1::SagaRecord>> Load(std::span<const std::string> ids) override {
    return store_.Load(ids);
  }
  absl::StatusOr<std::vector<v1::SagaRecord>> LoadUnfinished(int shard, std::string_view after_id,
                                                             int limit) override {
    return store_.LoadUnfinished(shard, after_id, limit);
  }
  absl::StatusOr<std::vector<v1::SagaRecord>> LoadDue(std::span<const int> shards,
                                                      const DuePlace& after, int64_t before_us,
                                                      int limit) override {
    return store_.LoadDue(shards, after, before_us, limit);
  }
  absl::StatusOr<std::vector<DefinitionCount>> CountSagas() override { return store_.CountSagas(); }
  absl::StatusOr<KeyHolder> FindKey(std::string_view key) override { return store_.FindKey(key); }
  absl::StatusOr<Page<v1::SagaRecord>> ListSagas(const Filter& filter,
                                                 const PageRequest& page) override {
    return store_.ListSagas(filter, page);
  }
  absl::StatusOr<std::vector<v1::HistoryEntry>> ListHistory(std::string_view saga_id, int64_t after,
                                                            int limit) override {
    return store_.ListHistory(saga_id, after, limit);
  }
  absl::StatusOr<Page<v1::DeadLetterRecord>> ListDeadLetters(const Filter& filter,
                                                             const PageRequest& page) override {
    return store_.ListDeadLetters(filter, page);
  }
  absl::StatusOr<v1::DeadLetterRecord> GetDeadLetter(std::string_view saga_id,
                                                     int number) override {
    return store_.GetDeadLetter(saga_id, number);
  }
  absl::StatusOr<Page<v1::AuditRecord>> ListAudit(std::string_view saga_id,
                                                  const PageRequest& page) override {
    return store_.ListAudit(saga_id, page);
  }
  absl::StatusOr<std::vector<v1::DefinitionRecord>> ListDefinitions() override {
    return store_.ListDefinitions();
  }
  absl::Status Check() override { return store_.Check(); }

 protected:
  Store& store_;
};

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_STORE_HARNESS_H_
