#include "engine/runtime/tier_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace skald::runtime {
namespace {

TEST(TierQueueTest, GivesLowerTiersFirstAndWithinATierTheOldest) {
  TierQueue<std::string> queue;
  queue.Push(2, "e");
  queue.Push(1, "c");
  queue.Push(0, "a");
  queue.Push(1, "d");
  queue.Push(0, "b");
  std::string order;
  while (!queue.empty()) order += queue.Take();
  EXPECT_EQ(order, "abcde");
}

TEST(TierQueueTest, LetsNobodyWaitForEver) {
  TierQueue<int> queue;
  queue.Push(2, 2);
  int before = 0;
  // Critical work keeps coming, faster than it is taken.
  for (queue.Push(0, 0); queue.Take() != 2; ++before) {
    queue.Push(0, 0);
    queue.Push(0, 0);
  }
  EXPECT_EQ(before, 7);
}

TEST(TierQueueTest, KeepsWhatCanOnlyBeMoved) {
  TierQueue<std::unique_ptr<int>> queue;
  queue.Push(1, std::make_unique<int>(7));
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_EQ(*queue.Take(), 7);
}

}  // namespace
}  // namespace skald::runtime
