// What the engine counts about itself, and the slots that bound its backlog. Locked (atomics).
#ifndef SKALD_ENGINE_RUNTIME_COUNTERS_H_
#define SKALD_ENGINE_RUNTIME_COUNTERS_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

namespace skald::runtime {

struct Counters {
  std::atomic<int64_t> active_sagas{0};
  std::atomic<int64_t> transitions{0};
  std::atomic<int64_t> commits{0};
  std::atomic<int64_t> orphans{0};
  std::atomic<int64_t> moved{0};
  std::atomic<int64_t> set_aside{0};
};

// One unfinished saga's place in the backlog, given back when destroyed. Confined.
class BacklogSlot final {
 public:
  // For sagas that exist: they must be driven, however many there are.
  static BacklogSlot Take(std::atomic<int64_t>& active) {
    active.fetch_add(1, std::memory_order_relaxed);
    return BacklogSlot(active);
  }
  // For new ones: nothing if `most` are taken.
  static std::optional<BacklogSlot> TryTake(std::atomic<int64_t>& active, int64_t most) {
    if (active.fetch_add(1, std::memory_order_relaxed) >= most) {
      active.fetch_sub(1, std::memory_order_relaxed);
      return std::nullopt;
    }
    return BacklogSlot(active);
  }
  BacklogSlot(BacklogSlot&& other) noexcept : active_(std::exchange(other.active_, nullptr)) {}
  BacklogSlot& operator=(BacklogSlot&& other) noexcept {
    std::swap(active_, other.active_);
    return *this;
  }
  ~BacklogSlot() {
    if (active_ != nullptr) active_->fetch_sub(1, std::memory_order_relaxed);
  }

 private:
  explicit BacklogSlot(std::atomic<int64_t>& active) : active_(&active) {}
  std::atomic<int64_t>* active_;
};

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_COUNTERS_H_
