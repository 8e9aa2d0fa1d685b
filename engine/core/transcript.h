// A saga's story in words, one line per event: what the scenario files compare, what a failed
// invariant prints, what a person reads.
//
//   reply charge/action OK => r3 RUNNING: charge/action 1 SUCCEEDED; ship/action 1 sent
#ifndef SKALD_ENGINE_CORE_TRANSCRIPT_H_
#define SKALD_ENGINE_CORE_TRANSCRIPT_H_

#include <string>

#include "engine/core/event.h"
#include "engine/core/machine.h"

namespace skald::core {

// The event, then what came of it: revision, status, history entries, answer. No payload.
std::string Transcript(const Event& event, const Transition& transition);

// One entry in words: "charge/action 1 SUCCEEDED".
std::string DescribeEntry(const v1::HistoryEntry& entry);

// One line per step: path, status, attempts.
std::string DescribeSteps(const v1::SagaRecord& record);

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_TRANSCRIPT_H_
