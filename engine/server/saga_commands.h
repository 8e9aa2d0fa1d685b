// Signals and completions on their way from a client to the engine: the saga is read first, since
// only its definition says what they must be.
//
// Threading: locked; nothing here blocks, the store is read by the reader pool.
#ifndef SKALD_ENGINE_SERVER_SAGA_COMMANDS_H_
#define SKALD_ENGINE_SERVER_SAGA_COMMANDS_H_

#include <memory>
#include <string>

#include "engine/server/unary_call.h"
#include "skald/v1/saga.pb.h"

namespace skald::server {

// Answer `call`, now or later. `context` must outlive the call. `peer`: who is at the other end of
// the connection.
void AnswerSignal(const ServiceContext& context, const v1::SignalSagaRequest& request,
                  const std::string& peer, const std::shared_ptr<UnaryCall<v1::Saga>>& call);
void AnswerCompletion(const ServiceContext& context, const v1::CompleteStepRequest& request,
                      const std::shared_ptr<UnaryCall<v1::CompleteStepResponse>>& call);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_SAGA_COMMANDS_H_
