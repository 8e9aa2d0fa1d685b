#include "admin/skaldctl/client.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <utility>

#include "absl/strings/cord.h"
#include "admin/skaldctl/text.h"
#include "base/status.h"
#include "google/rpc/error_details.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "skald/v1/admin.grpc.pb.h"
#include "skald/v1/saga.grpc.pb.h"

namespace skald::ctl {
namespace {

// A saga's state comes twice, as bytes and as JSON, of at most 1 MiB each before encoding.
constexpr int kLargestMessage = 64 * 1024 * 1024;
// What a long poll may take beyond what the server was asked to wait.
constexpr absl::Duration kPollMargin = absl::Seconds(5);

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kLargestMessage);
  // A server that comes back must not wait for a backoff made for thousands of clients.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // An HTTP proxy that the environment names for web pages does not lead to a server at our side.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetUserAgentPrefix("skaldctl/" SKALD_VERSION);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

struct Client::Stubs {
  Stubs(std::string server_address, absl::Duration call_timeout)
      : address(std::move(server_address)), timeout(call_timeout), channel(Connect(address)) {}

  // With what a person needs to know about a call that did not get through.
  [[nodiscard]] Status ToStatus(const grpc::Status& status) const {
    if (status.ok()) return absl::OkStatus();
    auto code = static_cast<StatusCode>(status.error_code());
    std::string text = status.error_message();
    // What gRPC says of a call whose connection broke at the wrong moment.
    if (code == StatusCode::kUnknown && text == "Stream removed") code = StatusCode::kUnavailable;
    google::rpc::Status details;
    const bool has_details =
        !status.error_details().empty() && details.ParseFromString(status.error_details());
    if (code == StatusCode::kUnavailable && !has_details) {
      text = fmt::format(
          "no answer from {}: {} (is skaldd running there? --address and "
          "SKALD_ADDRESS say where to look)",
          address, text);
    } else if (code == StatusCode::kDeadlineExceeded && !has_details) {
      text = fmt::format("{} did not answer in time: {} (--timeout says how long to wait)", address,
                         text);
    }
    Status result(code, text);
    for (const auto& detail : details.details()) {
      result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
    }
    return result;
  }

  template <typename Stub, typename Request, typename Response>
  StatusOr<Response> Call(Stub& stub,
                          grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                       Response*),
                          const Request& request, absl::Duration call_timeout) const {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         absl::ToChronoMilliseconds(call_timeout));
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) return ToStatus(status);
    return response;
  }

  template <typename Stub, typename Request, typename Response>
  StatusOr<Response> Call(Stub& stub,
                          grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                       Response*),
                          const Request& request) const {
    return Call(stub, method, request, timeout);
  }

  const std::string address;
  const absl::Duration timeout;
  const std::shared_ptr<grpc::Channel> channel;
  v1::SagaService::Stub sagas{channel};
  v1::AdminService::Stub admin{channel};
  grpc::health::v1::Health::Stub health{channel};
};

using SagaStub = v1::SagaService::Stub;
using AdminStub = v1::AdminService::Stub;

Client::Client(std::string address, absl::Duration timeout)
    : stubs_(std::make_unique<Stubs>(std::move(address), timeout)) {}

Client::~Client() = default;

StatusOr<v1::StartSagaResponse> Client::StartSaga(const v1::StartSagaRequest& request) {
  return stubs_->Call(stubs_->sagas, &SagaStub::StartSaga, request);
}

StatusOr<v1::Saga> Client::GetSaga(const std::string& saga_id) {
  v1::GetSagaRequest request;
  request.set_saga_id(saga_id);
  return stubs_->Call(stubs_->sagas, &SagaStub::GetSaga, request);
}

StatusOr<v1::ListSagasResponse> Client::ListSagas(const v1::ListSagasRequest& request) {
  return stubs_->Call(stubs_->sagas, &SagaStub::ListSagas, request);
}

StatusOr<v1::Saga> Client::WaitSaga(const std::string& saga_id, absl::Duration patience) {
  v1::WaitSagaRequest request;
  request.set_saga_id(saga_id);
  *request.mutable_timeout() = ToProtoDuration(patience);
  return stubs_->Call(stubs_->sagas, &SagaStub::WaitSaga, request, patience + kPollMargin);
}

Status Client::WatchSaga(const std::string& saga_id, absl::Time deadline,
                         const std::function<Next(const v1::Saga&)>& on_saga) {
  v1::WatchSagaRequest request;
  request.set_saga_id(saga_id);
  grpc::ClientContext context;
  if (deadline != absl::InfiniteFuture()) context.set_deadline(absl::ToChronoTime(deadline));
  const auto stream = stubs_->sagas.WatchSaga(&context, request);
  v1::Saga saga;
  while (stream->Read(&saga)) {
    if (on_saga(saga) == Next::kGoOn) continue;
    context.TryCancel();
    while (stream->Read(&saga)) {
    }
    // It was we who ended it.
    static_cast<void>(stream->Finish());
    return absl::OkStatus();
  }
  return stubs_->ToStatus(stream->Finish());
}

StatusOr<v1::Saga> Client::CancelSaga(const v1::CancelSagaRequest& request) {
  return stubs_->Call(stubs_->sagas, &SagaStub::CancelSaga, request);
}

StatusOr<v1::Saga> Client::SignalSaga(const v1::SignalSagaRequest& request) {
  return stubs_->Call(stubs_->sagas, &SagaStub::SignalSaga, request);
}

StatusOr<v1::CompleteStepResponse> Client::CompleteStep(const v1::CompleteStepRequest& request) {
  return stubs_->Call(stubs_->sagas, &SagaStub::CompleteStep, request);
}

StatusOr<v1::ListHistoryResponse> Client::ListHistory(const v1::ListHistoryRequest& request) {
  return stubs_->Call(stubs_->sagas, &SagaStub::ListHistory, request);
}

StatusOr<v1::ListDeadLettersResponse> Client::ListDeadLetters(
    const v1::ListDeadLettersRequest& request) {
  return stubs_->Call(stubs_->admin, &AdminStub::ListDeadLetters, request);
}

StatusOr<v1::DeadLetter> Client::GetDeadLetter(const std::string& id) {
  v1::GetDeadLetterRequest request;
  request.set_id(id);
  return stubs_->Call(stubs_->admin, &AdminStub::GetDeadLetter, request);
}

StatusOr<v1::DeadLetterOrderResponse> Client::RetryDeadLetter(const v1::DeadLetterOrder& order) {
  return stubs_->Call(stubs_->admin, &AdminStub::RetryDeadLetter, order);
}

StatusOr<v1::DeadLetterOrderResponse> Client::SkipDeadLetter(const v1::DeadLetterOrder& order) {
  return stubs_->Call(stubs_->admin, &AdminStub::SkipDeadLetter, order);
}

StatusOr<v1::DeadLetterOrderResponse> Client::ResolveDeadLetter(const v1::DeadLetterOrder& order) {
  return stubs_->Call(stubs_->admin, &AdminStub::ResolveDeadLetter, order);
}

StatusOr<v1::Saga> Client::PauseSaga(const v1::SagaOrder& order) {
  return stubs_->Call(stubs_->admin, &AdminStub::PauseSaga, order);
}

StatusOr<v1::Saga> Client::ResumeSaga(const v1::SagaOrder& order) {
  return stubs_->Call(stubs_->admin, &AdminStub::ResumeSaga, order);
}

StatusOr<v1::ListAuditResponse> Client::ListAudit(const v1::ListAuditRequest& request) {
  return stubs_->Call(stubs_->admin, &AdminStub::ListAudit, request);
}

StatusOr<v1::ListDefinitionsResponse> Client::ListDefinitions(
    const v1::ListDefinitionsRequest& request) {
  return stubs_->Call(stubs_->admin, &AdminStub::ListDefinitions, request);
}

StatusOr<v1::DefinitionInfo> Client::GetDefinition(const v1::GetDefinitionRequest& request) {
  return stubs_->Call(stubs_->admin, &AdminStub::GetDefinition, request);
}

StatusOr<v1::DiffDefinitionsResponse> Client::DiffDefinitions(
    const v1::DiffDefinitionsRequest& request) {
  return stubs_->Call(stubs_->admin, &AdminStub::DiffDefinitions, request);
}

StatusOr<v1::CountRunningResponse> Client::CountRunning() {
  return stubs_->Call(stubs_->admin, &AdminStub::CountRunning, v1::CountRunningRequest());
}

StatusOr<v1::DrawSagaResponse> Client::DrawSaga(const v1::DrawSagaRequest& request) {
  return stubs_->Call(stubs_->admin, &AdminStub::DrawSaga, request);
}

StatusOr<grpc::health::v1::HealthCheckResponse> Client::CheckHealth() {
  return stubs_->Call(stubs_->health, &grpc::health::v1::Health::Stub::Check,
                      grpc::health::v1::HealthCheckRequest());
}

std::string GrpcVersion() { return grpc::Version(); }

}  // namespace skald::ctl
