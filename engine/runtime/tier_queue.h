// Who goes first where work waits: the lower tier, and within a tier whoever has waited longest. So
// that nobody waits for ever, every eighth that is taken is whoever has waited longest of all.
//
//   queue.Push(saga.tier, std::move(call));
//   while (room && !queue.empty()) Send(queue.Take());
//
// Threading: confined, or under its owner's lock.
#ifndef SKALD_ENGINE_RUNTIME_TIER_QUEUE_H_
#define SKALD_ENGINE_RUNTIME_TIER_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>

namespace skald::runtime {

template <typename T>
class TierQueue final {
 public:
  // How often the tier is not asked for.
  static constexpr uint64_t kOldestEvery = 8;

  void Push(int tier, T item) {
    tiers_[tier].push_back({.number = ++pushed_, .item = std::move(item)});
    ++size_;
  }

  // REQUIRES: it is not empty.
  T Take() {
    auto from = tiers_.begin();
    if (++taken_ % kOldestEvery == 0) {
      for (auto tier = tiers_.begin(); tier != tiers_.end(); ++tier) {
        if (tier->second.front().number < from->second.front().number) from = tier;
      }
    }
    T item = std::move(from->second.front().item);
    from->second.pop_front();
    if (from->second.empty()) tiers_.erase(from);
    --size_;
    return item;
  }

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] size_t size() const { return size_; }

 private:
  struct Waiting {
    // In order of arrival.
    uint64_t number = 0;
    T item;
  };

  // Without empty ones.
  std::map<int, std::deque<Waiting>> tiers_;
  uint64_t pushed_ = 0;
  uint64_t taken_ = 0;
  size_t size_ = 0;
};

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_TIER_QUEUE_H_
