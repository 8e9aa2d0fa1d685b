// What the engine counts about itself, and the slots by which it counts. Locked (atomics).
#ifndef SKALD_ENGINE_RUNTIME_COUNTERS_H_
#define SKALD_ENGINE_RUNTIME_COUNTERS_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

namespace skald::runtime {

struct Counters {
  std::atomic<int64_t> active_sagas{0};
  std::atomic<int64_t> sagas_in_memory{0};
  std::atomic<int64_t> transitions{0};
  std::atomic<int64_t> commits{0};
  std::atomic<int64_t> orphans{0};
  std::atomic<int64_t> moved{0};
  std::atomic<int64_t> set_aside{0};
};

// One of so many, such as an unfinished saga's place in the backlog: given back when destroyed.
// Confined.
class Slot final {
 public:
  // For what exists: it must be counted, however much there is.
  static Slot Take(std::atomic<int64_t>& taken) {
    taken.fetch_add(1, std::memory_order_relaxed);
    return Slot(taken);
  }
  // For what is new: nothing if `most` are taken.
  static std::optional<Slot> TryTake(std::atomic<int64_t>& taken, int64_t most) {
    if (taken.fetch_add(1, std::memory_order_relaxed) >= most) {
      taken.fetch_sub(1, std::memory_order_relaxed);
      return std::nullopt;
    }
    return Slot(taken);
  }
  Slot(Slot&& other) noexcept : taken_(std::exchange(other.taken_, nullptr)) {}
  Slot& operator=(Slot&& other) noexcept {
    std::swap(taken_, other.taken_);
    return *this;
  }
  ~Slot() {
    if (taken_ != nullptr) taken_->fetch_sub(1, std::memory_order_relaxed);
  }

 private:
  explicit Slot(std::atomic<int64_t>& taken) : taken_(&taken) {}
  std::atomic<int64_t>* taken_;
};

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_COUNTERS_H_
