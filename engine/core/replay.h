// Runs a definition over the history of a saga: would it go the same way?
//
//   ReplayResult result = Replay(definition, record, history);
//   if (result.kind == ReplayResult::Kind::kDiffers) ...
//
// A history holds what happened, not what was said: no state, no requests, no replies. So what the
// definition's functions decided is taken from the history (arms, numbers of elements and rounds,
// times), and what follows from the shape of the definition is compared: which node comes when,
// which call is sent, what is tried again, what leads back, what is parked. A guard that decides
// otherwise today is not seen.
//
// Pure.
#ifndef SKALD_ENGINE_CORE_REPLAY_H_
#define SKALD_ENGINE_CORE_REPLAY_H_

#include <cstdint>
#include <span>
#include <string>

#include "sagas/definition.h"
#include "skald/v1/record.pb.h"

namespace skald::core {

struct ReplayResult {
  enum class Kind {
    // All of the history.
    kSame,
    kDiffers,
    // Up to `entry` it is the same; from there on nobody can say: a function of the definition
    // failed
    // there.
    kEndsEarly,
  };
  Kind kind = Kind::kSame;
  // Number of the first entry that differs, or that was not looked at.
  int64_t entry = 0;
  // What the history says there, and what the definition would do; empty: nothing.
  std::string history;
  std::string definition;
};

// `record`: the saga as it is stored (its id, times and key are used, not its steps). `history`:
// all of it, in order.
ReplayResult Replay(const Definition& definition, const v1::SagaRecord& record,
                    std::span<const v1::HistoryEntry> history);

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_REPLAY_H_
