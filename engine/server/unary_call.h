// One unary call of a client, answered once, from whatever thread; a client that goes away before
// is answered CANCELLED at once, and the late answer is dropped.
//
//   auto call = UnaryCall<v1::Saga>::Make(response);
//   engine.Give(id, order, [call](auto saga) { call->Answer(...); });
//   return call->reactor();
//
// Threading: locked (an atomic flag).
#ifndef SKALD_ENGINE_SERVER_UNARY_CALL_H_
#define SKALD_ENGINE_SERVER_UNARY_CALL_H_

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "base/status.h"
#include "engine/server/grpc_status.h"
#include "engine/server/requests.h"
#include "engine/server/service_context.h"

namespace skald::server {

template <typename Response>
class UnaryCall final : private grpc::ServerUnaryReactor {
 public:
  static std::shared_ptr<UnaryCall> Make(Response* response) {
    std::shared_ptr<UnaryCall> call(new UnaryCall(response));
    call->self_ = call;
    return call;
  }

  void Answer(absl::StatusOr<Response> answer) {
    // gRPC frees the response once the call is finished: only the first may touch it.
    if (answered_.exchange(true)) return;
    const absl::Status status = answer.status();
    if (status.ok()) *response_ = *std::move(answer);
    Finish(ToGrpc(status));
  }

  // Called once the call is over, however it ended. Set before the handler returns.
  void WhenDone(std::function<void()> function) { when_done_ = std::move(function); }

  grpc::ServerUnaryReactor* reactor() { return this; }

 private:
  explicit UnaryCall(Response* response) : response_(response) {}

  void OnCancel() override { Answer(absl::CancelledError("the client has gone away")); }
  void OnDone() override {
    if (when_done_) when_done_();
    self_.reset();
  }

  Response* const response_;
  std::atomic<bool> answered_{false};
  std::function<void()> when_done_;
  // gRPC's own share of it, given back in OnDone.
  std::shared_ptr<UnaryCall> self_;
};

// Runs `read`, a StatusOr<Response>(Store&), on a thread of the pool and answers with what it
// returns.
template <typename Response, typename Read>
void AnswerFromStore(const ServiceContext& context,
                     const std::shared_ptr<UnaryCall<Response>>& call, Read read) {
  const absl::StatusOr<Backend> backend = context.backend.Get();
  if (!backend.ok()) return call->Answer(backend.status());
  Store* const store = backend->store;
  if (!context.readers.Run([call, store, read = std::move(read)] { call->Answer(read(*store)); })) {
    call->Answer(ReadersFull());
  }
}

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_UNARY_CALL_H_
