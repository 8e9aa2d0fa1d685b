// Runs what may end the process in a child first. A shared library runs code when it is loaded, and
// protobuf ends a process in which one proto file is linked in twice: nothing can catch that where
// it happens.
//
// Threading: confined, and only before the process has other threads: the child has but one.
#ifndef SKALD_ENGINE_SERVER_SAGA_LIBRARY_TRIAL_H_
#define SKALD_ENGINE_SERVER_SAGA_LIBRARY_TRIAL_H_

#include <functional>

#include "absl/status/status.h"

namespace skald::server {

// Calls `work` in a child of this process, and waits for it. What it says on stderr and stdout is
// kept from the terminal. OK: it returned. INVALID_ARGUMENT: it ended the child; the message has
// how, and what it said. UNAVAILABLE: there can be no child.
absl::Status TryInAChild(const std::function<void()>& work);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_SAGA_LIBRARY_TRIAL_H_
