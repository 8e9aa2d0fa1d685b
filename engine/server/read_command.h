// What clients and participants send to a saga, checked against the definition that it runs. Pure
// functions (but for the signal id that is made where there is none).
#ifndef SKALD_ENGINE_SERVER_READ_COMMAND_H_
#define SKALD_ENGINE_SERVER_READ_COMMAND_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/core/event.h"
#include "engine/server/input.h"
#include "sagas/definition.h"
#include "skald/v1/saga.pb.h"

namespace skald::server {

// INVALID_ARGUMENT: saga id, name or signal id, which need no saga to be judged.
absl::Status CheckSignal(const v1::SignalSagaRequest& request);

// INVALID_ARGUMENT: `definition` awaits no such signal, or the message is not what it awaits; says
// what it awaits. The message is serialized anew, deterministically. `actor`: who sends it where
// the request does not say.
absl::StatusOr<core::Signal> ReadSignal(const v1::SignalSagaRequest& request,
                                        const Definition& definition, const InputLimits& limits,
                                        const std::string& actor, absl::Time now);

// An idempotency key in its parts.
struct CallName {
  std::string saga_id;
  std::string step;
  v1::Phase phase = v1::PHASE_UNSPECIFIED;
};

// "<saga id>/<step path>/action" or ".../compensation". INVALID_ARGUMENT.
absl::StatusOr<CallName> ParseIdempotencyKey(const std::string& key);

// NOT_FOUND: `definition` has no such call. INVALID_ARGUMENT: the response is not the method's, or
// the failure's code is none.
absl::StatusOr<core::Completion> ReadCompletion(const v1::CompleteStepRequest& request,
                                                const CallName& name, const Definition& definition);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_READ_COMMAND_H_
