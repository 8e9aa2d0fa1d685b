#include "storage/exclusive_key.h"

#include <algorithm>
#include <numeric>

namespace skald {

KeyLine::Waiter KeyLine::WaiterOf(const v1::SagaRecord& saga) {
  return {saga.created_us(), saga.id()};
}

bool KeyLine::MayTake(const v1::SagaRecord& saga) const {
  if (!holder.empty()) return holder == saga.id();
  return waiters.empty() || !(*waiters.begin() < WaiterOf(saga));
}

void KeyLine::Apply(KeyClaim claim, const v1::SagaRecord& saga) {
  switch (claim) {
    case KeyClaim::kNone: break;
    case KeyClaim::kTake:
      holder = saga.id();
      waiters.erase(WaiterOf(saga));
      break;
    case KeyClaim::kWait:
      if (holder != saga.id()) waiters.insert(WaiterOf(saga));
      break;
    case KeyClaim::kRelease:
      if (holder == saga.id()) holder.clear();
      waiters.erase(WaiterOf(saga));
      break;
  }
}

KeyClaim ClaimOf(const Change& change) {
  return change.record->exclusive_key().empty() ? KeyClaim::kNone : change.claim;
}

std::vector<size_t> ClaimOrder(std::span<const Change> changes) {
  std::vector<size_t> order(changes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_partition(order.begin(), order.end(),
                        [changes](size_t i) { return ClaimOf(changes[i]) == KeyClaim::kRelease; });
  return order;
}

}  // namespace skald
