// Who holds an exclusive key and who waits for it: what a claim (storage/store.h) means.
//
//   if (ClaimOf(change) == KeyClaim::kTake && !line.MayTake(record)) return
//   ChangeResult::kKeyTaken; line.Apply(ClaimOf(change), record);
//
// Threading: confined.
#ifndef SKALD_STORAGE_EXCLUSIVE_KEY_H_
#define SKALD_STORAGE_EXCLUSIVE_KEY_H_

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "storage/store.h"

namespace skald {

struct KeyLine {
  // When the saga was started, and its id. By rising waiter: who waits longest is the first.
  using Waiter = std::pair<int64_t, std::string>;

  std::string holder;
  std::set<Waiter> waiters;

  [[nodiscard]] static Waiter WaiterOf(const v1::SagaRecord& saga);

  [[nodiscard]] bool empty() const { return holder.empty() && waiters.empty(); }
  [[nodiscard]] bool MayTake(const v1::SagaRecord& saga) const;
  // A kTake only if MayTake.
  void Apply(KeyClaim claim, const v1::SagaRecord& saga);
};

// kNone too if the saga has no key.
KeyClaim ClaimOf(const Change& change);

// Indices of all changes in the order in which their claims count: releases first.
std::vector<size_t> ClaimOrder(std::span<const Change> changes);

}  // namespace skald

#endif  // SKALD_STORAGE_EXCLUSIVE_KEY_H_
