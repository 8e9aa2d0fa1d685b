// Which sagas sleep, as all stores write it: a column that changes only when a saga falls asleep or
// wakes, while its due time changes with almost every step.
//
// Threading: pure functions.
#ifndef SKALD_STORAGE_SLEEP_H_
#define SKALD_STORAGE_SLEEP_H_

#include <cstdint>

#include "skald/v1/record.pb.h"

namespace skald {

bool IsUnfinished(const v1::SagaRecord& saga);

// When a saga that sleeps wakes by itself: > 0; -1: only an event wakes it. 0: it is awake, or it
// has ended or is parked, whatever it says about sleep.
int64_t WakesUs(const v1::SagaRecord& saga);

}  // namespace skald

#endif  // SKALD_STORAGE_SLEEP_H_
