// Which statuses a saga still moves in by itself.
#ifndef SKALD_ENGINE_CORE_LIFECYCLE_H_
#define SKALD_ENGINE_CORE_LIFECYCLE_H_

#include "skald/v1/saga.pb.h"

namespace skald::core {

// RUNNING or COMPENSATING: a node must drive it.
inline bool IsUnfinished(v1::Saga::Status status) {
  return status == v1::Saga::RUNNING || status == v1::Saga::COMPENSATING;
}

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_LIFECYCLE_H_
