#include "storage/sleep.h"

namespace skald {

bool IsUnfinished(const v1::SagaRecord& saga) {
  return saga.status() == v1::Saga::RUNNING || saga.status() == v1::Saga::COMPENSATING;
}

int64_t WakesUs(const v1::SagaRecord& saga) {
  if (!saga.asleep() || !IsUnfinished(saga)) return 0;
  return saga.due_us() > 0 ? saga.due_us() : -1;
}

}  // namespace skald
