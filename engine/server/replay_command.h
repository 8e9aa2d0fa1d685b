// `skaldd replay`: runs definitions over the histories in the configured store, which it only
// reads; a server may run beside it.
//
// Threading: confined to the main thread.
#ifndef SKALD_ENGINE_SERVER_REPLAY_COMMAND_H_
#define SKALD_ENGINE_SERVER_REPLAY_COMMAND_H_

#include "engine/server/command_line.h"
#include "engine/server/config.h"
#include "sagas/registry.h"

namespace skald::server {

// Prints sagas that would go another way, then a summary. Returns the process's exit code: 0, or
// kOtherWay if there is one; kCannotRun, kWrongUse.
int RunReplay(const CommandLine::Replay& request, const Config& config, const Registry& registry);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_REPLAY_COMMAND_H_
