// When which saga acts next by itself: at most one timer per saga.
//
// Threading: confined to a worker.
#ifndef SKALD_ENGINE_RUNTIME_TIMERS_H_
#define SKALD_ENGINE_RUNTIME_TIMERS_H_

#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "absl/time/time.h"

namespace skald::runtime {

class Timers final {
 public:
  // In place of any timer that the saga had. InfiniteFuture: none.
  void Set(const std::string& saga_id, absl::Time due);
  void Clear(const std::string& saga_id) { Set(saga_id, absl::InfiniteFuture()); }

  // InfiniteFuture: there is none.
  [[nodiscard]] absl::Time NextDue() const;

  // Takes out the saga whose timer is due first, if it is due at `now`.
  std::optional<std::string> TakeDue(absl::Time now);

 private:
  std::set<std::pair<absl::Time, std::string>> by_time_;
  std::unordered_map<std::string, absl::Time> by_saga_;
};

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_TIMERS_H_
