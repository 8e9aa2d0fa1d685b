// A request to start a saga, checked and made ready for the engine. Pure functions (but for the id
// that is made where there is none).
#ifndef SKALD_ENGINE_SERVER_READ_START_H_
#define SKALD_ENGINE_SERVER_READ_START_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/runtime/engine.h"
#include "engine/server/input.h"
#include "sagas/registry.h"
#include "skald/v1/saga.pb.h"

namespace skald::server {

// NOT_FOUND: no such definition or version. INVALID_ARGUMENT: everything else. An empty saga_id
// becomes a new one. The input is serialized anew, deterministically: equal inputs are equal bytes.
absl::StatusOr<runtime::StartRequest> ReadStart(const v1::StartSagaRequest& request,
                                                const Registry& registry, const InputLimits& limits,
                                                absl::Time now);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_READ_START_H_
