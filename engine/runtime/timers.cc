#include "engine/runtime/timers.h"

namespace skald::runtime {

void Timers::Set(const std::string& saga_id, absl::Time due) {
  if (const auto known = by_saga_.find(saga_id); known != by_saga_.end()) {
    by_time_.erase({known->second, saga_id});
    by_saga_.erase(known);
  }
  if (due == absl::InfiniteFuture()) return;
  by_time_.emplace(due, saga_id);
  by_saga_.emplace(saga_id, due);
}

absl::Time Timers::NextDue() const {
  return by_time_.empty() ? absl::InfiniteFuture() : by_time_.begin()->first;
}

std::optional<std::string> Timers::TakeDue(absl::Time now) {
  if (NextDue() > now || by_time_.empty()) return std::nullopt;
  std::string saga_id = by_time_.begin()->second;
  Clear(saga_id);
  return saga_id;
}

}  // namespace skald::runtime
