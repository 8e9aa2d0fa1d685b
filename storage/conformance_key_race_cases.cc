// What is promised about exclusive keys when several nodes want them at once.
#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <list>
#include <thread>

#include "base/thread.h"
#include "storage/conformance.h"

namespace skald {
namespace {

constexpr int kNodes = 4;

// One node: a shard and a store of its own.
class Node final {
 public:
  Node(Store& store, int number, int64_t epoch) : store_(store), number_(number), epoch_(epoch) {}

  OwnedChange New(const std::string& name, const std::string& key, KeyClaim claim) const {
    OwnedChange change = NewSagaWithKey(name + "-" + std::to_string(number_), epoch_, key, claim);
    change.record.set_shard(number_);
    return change;
  }

  std::vector<ChangeResult> Commit(const std::vector<OwnedChange>& changes) {
    std::vector<Change> borrowed;
    for (const OwnedChange& change : changes) borrowed.push_back(change.Borrow());
    const auto results = store_.Commit(borrowed);
    EXPECT_TRUE(results.ok()) << results.status();
    return results.ok() ? *results
                        : std::vector<ChangeResult>(changes.size(), ChangeResult::kConflict);
  }
  ChangeResult Commit(const OwnedChange& change) { return Commit(std::vector{change}).front(); }

  int number() const { return number_; }

 private:
  Store& store_;
  const int number_;
  const int64_t epoch_;
};

// Runs `work` on as many nodes at once, each of which has one shard.
template <typename Work>
void OnAllNodes(StoreFixture& fixture, Store& store, const std::array<int64_t, kNodes>& epochs,
                const Work& work) {
  std::list<Node> nodes;
  for (int i = 0; i < kNodes; ++i) {
    const auto opened = fixture.OpenBeside(store);
    ASSERT_TRUE(opened.ok()) << opened.status();
    nodes.emplace_back(**opened, i, epochs[static_cast<size_t>(i)]);
  }
  std::list<Thread> threads;
  for (Node& node : nodes) threads.emplace_back("node", [&node, &work] { work(node); });
}

TEST_P(StoreConformanceTest, GivesEachKeyToOneSagaWhenManyNodesTakeItAtOnce) {
  constexpr int kKeys = 40;
  std::array<std::atomic<int>, kKeys> holders = {};
  std::array<std::atomic<int>, kKeys> refused = {};
  OnAllNodes(fixture(), store(), {epoch(0), epoch(1), epoch(2), epoch(3)}, [&](Node& node) {
    for (size_t key = 0; key < kKeys; ++key) {
      const std::string name = "key-" + std::to_string(key);
      const ChangeResult result = node.Commit(node.New(name, name, KeyClaim::kTake));
      if (result == ChangeResult::kStored) ++holders[key];
      if (result == ChangeResult::kKeyTaken) ++refused[key];
    }
  });
  for (size_t key = 0; key < kKeys; ++key) {
    EXPECT_EQ(holders[key], 1) << "of key " << key;
    EXPECT_EQ(refused[key], kNodes - 1) << "of key " << key;
  }
  EXPECT_THAT(List(""), testing::SizeIs(kKeys));
}

// Each node names the keys in an order of its own: whoever locked them as they come would wait for
// somebody who waits for him.
TEST_P(StoreConformanceTest, GivesManyKeysAtOnceToManyNodesWithoutADeadlock) {
  constexpr size_t kKeys = 30;
  constexpr int kRounds = 10;
  std::array<std::atomic<int>, kKeys> holders = {};
  OnAllNodes(fixture(), store(), {epoch(0), epoch(1), epoch(2), epoch(3)}, [&](Node& node) {
    for (int round = 0; round < kRounds; ++round) {
      std::vector<OwnedChange> batch;
      for (size_t i = 0; i < kKeys; ++i) {
        const size_t key = (i * (node.number() % 2 == 0 ? 7 : 23) + static_cast<size_t>(round) +
                            static_cast<size_t>(node.number())) %
                           kKeys;
        const std::string name = std::to_string(key);
        batch.push_back(
            node.New("saga-" + std::to_string(round) + "-" + name, name, KeyClaim::kTake));
      }
      const std::vector<ChangeResult> results = node.Commit(batch);
      std::vector<OwnedChange> releases;
      for (size_t i = 0; i < kKeys; ++i) {
        if (results[i] != ChangeResult::kStored) {
          EXPECT_EQ(results[i], ChangeResult::kKeyTaken);
          continue;
        }
        const auto key = static_cast<size_t>(std::stoi(batch[i].record.exclusive_key()));
        EXPECT_EQ(++holders[key], 1) << "two sagas hold key " << key;
        --holders[key];
        releases.push_back(NextChange(batch[i], KeyClaim::kRelease));
      }
      EXPECT_EQ(node.Commit(releases),
                std::vector<ChangeResult>(releases.size(), ChangeResult::kStored));
    }
  });
  for (size_t key = 0; key < kKeys; ++key) EXPECT_EQ(Key(std::to_string(key)), ", ");
}

TEST_P(StoreConformanceTest, LetsEverySagaThatWaitsHaveTheKeyInTheEndAndOneAtATime) {
  constexpr int kSagas = 8;
  std::atomic<int> inside = 0;
  std::atomic<int> served = 0;
  OnAllNodes(fixture(), store(), {epoch(0), epoch(1), epoch(2), epoch(3)}, [&](Node& node) {
    for (int i = 0; i < kSagas; ++i) {
      const std::string name = "saga-" + std::to_string(i);
      OwnedChange saga = node.New(name, "k", KeyClaim::kTake);
      if (node.Commit(saga) == ChangeResult::kKeyTaken) {
        saga.claim = KeyClaim::kWait;
        EXPECT_EQ(node.Commit(saga), ChangeResult::kStored);
        saga = NextChange(saga, KeyClaim::kTake);
        ChangeResult result = node.Commit(saga);
        while (result == ChangeResult::kKeyTaken) {
          std::this_thread::yield();
          result = node.Commit(saga);
        }
        EXPECT_EQ(result, ChangeResult::kStored);
        if (result != ChangeResult::kStored) return;
      }
      EXPECT_EQ(++inside, 1);
      ++served;
      --inside;
      EXPECT_EQ(node.Commit(NextChange(saga, KeyClaim::kRelease)), ChangeResult::kStored);
    }
  });
  EXPECT_EQ(served, kNodes * kSagas);
  EXPECT_EQ(Key("k"), ", ");
}

}  // namespace
}  // namespace skald
