// When a saga acts next by itself. Pure.
#ifndef SKALD_ENGINE_CORE_SCHEDULE_H_
#define SKALD_ENGINE_CORE_SCHEDULE_H_

#include <cstdint>

#include "skald/v1/record.pb.h"

namespace skald::core {

// Between two looks of a queued saga at its key, if nobody tells it that the key is free.
inline constexpr int64_t kQueuePollUs = 5'000'000;

// The earliest of its retries, polls, waits, deadlines, and of its start; 0: none, it waits for an
// event from outside.
int64_t DueTime(const v1::SagaRecord& saga);

// A call of it is under way.
bool HasCallInFlight(const v1::SagaRecord& saga);

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_SCHEDULE_H_
