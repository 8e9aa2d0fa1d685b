// What every store must do, as named cases. A store passes them by a test file of ten lines:
//
//   class MyFixture final : public StoreFixture { ... };
//   INSTANTIATE_TEST_SUITE_P(My, StoreConformanceTest, testing::Values(StoreFactory{
//       [] { return std::make_unique<MyFixture>(); }}));
//
// and by linking skald_storage_conformance, which brings the cases
// (storage/conformance_*_cases.cc). Tests only. Threading: confined, but for what a case does on
// purpose.
#ifndef SKALD_STORAGE_CONFORMANCE_H_
#define SKALD_STORAGE_CONFORMANCE_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/store.h"

namespace skald {

// Makes one store, empty at first, for one case.
class StoreFixture {
 public:
  enum class Fate { kStored, kNotStored };

  virtual ~StoreFixture() = default;

  // Opens the store; after Close, the same one with all that is in it. Valid until Close.
  virtual absl::StatusOr<Store*> Open() = 0;
  virtual void Close() = 0;

  // The same data as another node has it: through a store of its own, where several may be open at
  // once. Valid until Close.
  virtual absl::StatusOr<Store*> OpenBeside(Store& store);

  // Commits so that the answer is lost: returns the UNKNOWN that the caller gets, and the changes
  // are stored or not, as `fate` says. By default the store does its work and its answer is thrown
  // away, or it is never asked; a fixture that can break the real thing does that instead.
  virtual absl::Status CommitAndLoseAnswer(Store& store, std::span<const Change> changes,
                                           Fate fate);
};

struct StoreFactory {
  std::function<std::unique_ptr<StoreFixture>()> make;
};

// What a Change borrows, owned.
struct OwnedChange {
  v1::SagaRecord record;
  std::vector<int> changed_steps;
  std::vector<v1::HistoryEntry> history;
  std::optional<v1::DeadLetterRecord> dead_letter;
  std::optional<v1::AuditRecord> audit;
  KeyClaim claim = KeyClaim::kNone;
  std::optional<v1::DefinitionRecord> definition;

  [[nodiscard]] Change Borrow() const;
};

// A saga that has just been started: RUNNING, revision 1, one entry of history, no steps.
OwnedChange NewSaga(const std::string& id, int64_t epoch, int shard = 0);

// The change that follows `last`: a revision and an entry of history more, the rest as it was.
OwnedChange NextChange(const OwnedChange& last);

// The same with an exclusive key, which it claims; started `age_us` before the others.
OwnedChange NewSagaWithKey(const std::string& id, int64_t epoch, const std::string& key,
                           KeyClaim claim, int64_t age_us = 0);

// The change that follows `last`, with a claim of its own.
OwnedChange NextChange(const OwnedChange& last, KeyClaim claim);

// Appends a step and marks it as changed.
v1::StepState& AddStep(OwnedChange& change, const std::string& path);
// Appends an entry with the next number.
v1::HistoryEntry& AddHistory(OwnedChange& change);
// Opens dead letter `number`, made at `created_us`.
v1::DeadLetterRecord& OpenDeadLetter(OwnedChange& change, int number, int64_t created_us);
// Adds an audit row for the change's revision.
v1::AuditRecord& AddAudit(OwnedChange& change, int64_t at_us);
// Adds a definition, which is the saga's from then on.
v1::DefinitionRecord& AddDefinition(OwnedChange& change, const std::string& name, int version);

// "id:1 revision:2 ...", in which equal messages are equal, maps too.
std::string Dump(const google::protobuf::Message& message);
template <typename Range>
std::vector<std::string> DumpAll(const Range& messages) {
  std::vector<std::string> dumps;
  for (const auto& message : messages) dumps.push_back(Dump(message));
  return dumps;
}

class StoreConformanceTest : public testing::TestWithParam<StoreFactory> {
 protected:
  static constexpr int kShards = 4;
  static constexpr int64_t kBase = 1'700'000'000'000'000;  // microseconds, for times in the cases

  void SetUp() override;

  Store& store() { return *store_; }
  StoreFixture& fixture() { return *fixture_; }
  // The epoch of `shard`, as taken by SetUp or by the last TakeAll.
  int64_t epoch(int shard = 0) const { return epochs_[static_cast<size_t>(shard)]; }
  // Takes all shards: all epochs rise.
  void TakeAll();
  // Closes the store and opens it again. Takes no shards.
  void Reopen();

  ChangeResult Commit(const OwnedChange& change);
  std::vector<ChangeResult> Commit(const std::vector<OwnedChange>& changes);
  // Commits and expects kStored.
  void Put(const OwnedChange& change);
  void Put(const std::vector<OwnedChange>& changes);

  // The saga, or nothing.
  std::optional<v1::SagaRecord> Get(const std::string& id);
  // The saga, which must be there.
  v1::SagaRecord Stored(const std::string& id);
  std::vector<v1::HistoryEntry> History(const std::string& id, int64_t after = 0,
                                        int limit = 1'000'000);
  // "<holder>, <next>" of an exclusive key.
  std::string Key(const std::string& key);
  // All of them.
  std::vector<v1::DefinitionRecord> Definitions();
  // Ids of sagas that the filter chooses, in the list's order, read in pages of `size`.
  std::vector<std::string> List(const std::string& filter, int size = 1000);
  // "<saga id>/<number>" of dead letters that the filter chooses, in pages of `size`.
  std::vector<std::string> ListDeadLetters(const std::string& filter, int size = 1000);
  // "<saga id>/<revision>", in pages of `size`.
  std::vector<std::string> ListAudit(const std::string& saga_id, int size = 1000);

 private:
  std::unique_ptr<StoreFixture> fixture_;
  Store* store_ = nullptr;
  std::vector<int64_t> epochs_;
};

}  // namespace skald

#endif  // SKALD_STORAGE_CONFORMANCE_H_
