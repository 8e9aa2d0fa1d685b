// What became of a commit whose answer was lost.
#ifndef SKALD_STORAGE_IN_DOUBT_H_
#define SKALD_STORAGE_IN_DOUBT_H_

#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/store.h"

namespace skald {

enum class InDoubtResult {
  // The change is in the store: let its effects go.
  kStored,
  // The row is as it was before: commit the change again.
  kNotStored,
  // Somebody else has changed the row: this owner knows nothing of the saga any more.
  kOvertaken,
};

// Reads the sagas of `changes`, whose Commit answered UNKNOWN, and compares: one result for each,
// in order. A stored row equal to the change's record (steps aside) is ours: revision and epoch
// together are written by one owner only. Errors: those of Store::Load.
absl::StatusOr<std::vector<InDoubtResult>> ResolveInDoubt(Store& store,
                                                          std::span<const Change> changes);

}  // namespace skald

#endif  // SKALD_STORAGE_IN_DOUBT_H_
