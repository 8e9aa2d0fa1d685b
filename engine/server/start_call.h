// One StartSaga: starts the saga, or finds the one whose exclusive key stands in its way, and
// answers at once or when that saga has settled.
//
// Threading: locked; nothing here blocks, the store is read by the reader pool.
#ifndef SKALD_ENGINE_SERVER_START_CALL_H_
#define SKALD_ENGINE_SERVER_START_CALL_H_

#include <memory>

#include "engine/server/unary_call.h"
#include "skald/v1/saga.pb.h"

namespace skald::server {

// Answers `call`, now or later. To be called before the handler returns; `request` is not needed
// afterwards. `context` must outlive the call.
void AnswerStart(const ServiceContext& context, const v1::StartSagaRequest& request,
                 const std::shared_ptr<UnaryCall<v1::StartSagaResponse>>& call);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_START_CALL_H_
