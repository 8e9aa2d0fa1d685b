// How a saga is started in a test. Plain values.
#ifndef SKALD_TESTER_START_OPTIONS_H_
#define SKALD_TESTER_START_OPTIONS_H_

#include "absl/time/time.h"

namespace skald {

struct StartOptions {
  // Whether another saga holds the exclusive key when this one starts.
  enum class Key {
    kFree,
    // Only where the definition says kQueue: this saga waits until SagaTester::FreeKey().
    kTaken,
  };

  // It turns back so long after the start. What the definition says counts, too.
  absl::Duration deadline = absl::InfiniteDuration();
  // It begins so long after the start.
  absl::Duration start_in = absl::ZeroDuration();
  Key key = Key::kFree;
};

}  // namespace skald

#endif  // SKALD_TESTER_START_OPTIONS_H_
