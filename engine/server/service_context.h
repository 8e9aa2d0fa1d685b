// What both services work with. All of it outlives them.
#ifndef SKALD_ENGINE_SERVER_SERVICE_CONTEXT_H_
#define SKALD_ENGINE_SERVER_SERVICE_CONTEXT_H_

#include "base/clock.h"
#include "engine/server/backend.h"
#include "engine/server/input.h"
#include "engine/server/reader_pool.h"
#include "engine/server/watch_hub.h"
#include "sagas/registry.h"

namespace skald::server {

struct ServiceContext {
  const Registry& registry;
  const Clock& clock;
  BackendHolder& backend;
  ReaderPool& readers;
  WatchHub& watches;
  InputLimits limits;
};

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_SERVICE_CONTEXT_H_
