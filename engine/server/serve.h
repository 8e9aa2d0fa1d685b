// `skaldd serve`.
//
// Threading: confined to the main thread.
#ifndef SKALD_ENGINE_SERVER_SERVE_H_
#define SKALD_ENGINE_SERVER_SERVE_H_

#include "engine/server/config.h"
#include "sagas/registry.h"

namespace skald::server {

// Listens and runs sagas until a signal comes, or the store is refused. Returns the process's exit
// code.
int Serve(Config config, const Registry& registry);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_SERVE_H_
