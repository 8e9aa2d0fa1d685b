// The line between "no" and "nobody knows", which engine and participants must draw alike.
#ifndef SKALD_BASE_REJECTION_H_
#define SKALD_BASE_REJECTION_H_

#include "absl/status/status.h"

namespace skald {

// Whether a participant that answers `code` says no for good, so that the call had no effect: the
// second row of the contract's table of outcomes.
bool IsRejection(absl::StatusCode code);

}  // namespace skald

#endif  // SKALD_BASE_REJECTION_H_
