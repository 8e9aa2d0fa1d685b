#include "storage/memory/memory_store.h"

#include <gtest/gtest.h>

#include "storage/conformance.h"

namespace skald {
namespace {

class MemoryFixture final : public StoreFixture {
 public:
  absl::StatusOr<Store*> Open() override { return &store_; }
  void Close() override {}
  absl::Status CommitAndLoseAnswer(Store&, std::span<const Change> changes, Fate fate) override {
    store_.FailNextCommit(
        absl::UnknownError("the answer was lost"),
        fate == Fate::kStored ? MemoryStore::Fate::kStored : MemoryStore::Fate::kNotStored);
    return store_.Commit(changes).status();
  }

 private:
  MemoryStore store_;
};

INSTANTIATE_TEST_SUITE_P(Memory, StoreConformanceTest, testing::Values(StoreFactory{[] {
                           return std::make_unique<MemoryFixture>();
                         }}));

TEST(MemoryStoreTest, FailsWhatItIsToldToFailInOrderAndNothingElse) {
  MemoryStore store;
  ASSERT_TRUE(store.TakeShards(1, "test").ok());
  const OwnedChange saga = NewSaga("a", 1);
  const Change change = saga.Borrow();
  store.FailNextCommit(absl::UnavailableError("away"), MemoryStore::Fate::kNotStored);
  store.FailNextCommit(absl::UnknownError("lost"), MemoryStore::Fate::kStored);
  EXPECT_TRUE(absl::IsUnavailable(store.Commit({&change, 1}).status()));
  EXPECT_TRUE(absl::IsUnknown(store.Commit({&change, 1}).status()));
  const auto third = store.Commit({&change, 1});
  ASSERT_TRUE(third.ok());
  EXPECT_EQ(third->front(), ChangeResult::kAlreadyExists);
  EXPECT_EQ(store.commits(), 3);
}

TEST(MemoryStoreTest, IsAwayUntilItIsToldToComeBack) {
  MemoryStore store;
  store.FailEverything(absl::UnavailableError("away"));
  EXPECT_TRUE(absl::IsUnavailable(store.Check()));
  EXPECT_TRUE(absl::IsUnavailable(store.TakeShards(1, "test").status()));
  EXPECT_TRUE(absl::IsUnavailable(store.GetDeadLetter("a", 0).status()));
  store.FailEverything(absl::OkStatus());
  EXPECT_TRUE(store.Check().ok());
  EXPECT_TRUE(store.TakeShards(1, "test").ok());
}

}  // namespace
}  // namespace skald
