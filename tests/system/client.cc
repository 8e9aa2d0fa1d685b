#include "tests/system/client.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <chrono>
#include <utility>

#include "base/status.h"
#include "examples/order/order.pb.h"
#include "examples/shared/faults.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "skald/v1/admin.grpc.pb.h"
#include "skald/v1/saga.grpc.pb.h"
#include "tests/system/processes.h"

namespace skald::system_test {
namespace {

constexpr absl::Duration kUsual = absl::Seconds(10);
// Small, so that lists have many pages.
constexpr int kPage = 64;

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 20);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 500);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // A connection of its own: clients of one address would share one otherwise.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

void SetDeadline(grpc::ClientContext& context, absl::Duration within) {
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMicroseconds(within));
}

absl::Status ToStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return Error(static_cast<StatusCode>(status.error_code()), "{}", status.error_message());
}

// One call of a unary method.
template <typename Response, typename Stub, typename Request>
absl::StatusOr<Response> Call(Stub& stub,
                              grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                           Response*),
                              const Request& request, absl::Duration within = kUsual) {
  grpc::ClientContext context;
  SetDeadline(context, within);
  // A call that fails at once does not work on the connection that it needs; left to itself, gRPC
  // looks at a connection every 5 s only.
  context.set_wait_for_ready(true);
  Response response;
  SKALD_RETURN_IF_ERROR(ToStatus((stub.*method)(&context, request, &response)));
  return response;
}

// What a client tries again: nobody knows whether it was done.
bool IsFinal(const absl::Status& status) {
  return !absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status) &&
         !absl::IsResourceExhausted(status) && !absl::IsCancelled(status);
}

bool HasEnded(const v1::Saga& saga) {
  return saga.status() != v1::Saga::RUNNING && saga.status() != v1::Saga::COMPENSATING;
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(const std::string& address)
      : channel(Connect(address)), sagas(channel), admin(channel), health(channel) {}

  std::shared_ptr<grpc::Channel> channel;
  v1::SagaService::Stub sagas;
  v1::AdminService::Stub admin;
  grpc::health::v1::Health::Stub health;
};

Client::Client(const std::string& address) : impl_(std::make_unique<Impl>(address)) {}
Client::~Client() = default;

absl::StatusOr<v1::StartSagaResponse> Client::Start(const v1::StartSagaRequest& request,
                                                    absl::Duration within) {
  return Call(impl_->sagas, &v1::SagaService::Stub::StartSaga, request, within);
}

absl::StatusOr<v1::StartSagaResponse> Client::StartUntilAcknowledged(
    const v1::StartSagaRequest& request, absl::Duration within) {
  absl::StatusOr<v1::StartSagaResponse> response;
  Eventually(
      [&] {
        response = Start(request);
        return response.ok() || IsFinal(response.status());
      },
      within);
  return response;
}

absl::StatusOr<v1::Saga> Client::Get(const std::string& saga_id) {
  v1::GetSagaRequest request;
  request.set_saga_id(saga_id);
  return Call(impl_->sagas, &v1::SagaService::Stub::GetSaga, request);
}

absl::StatusOr<v1::Saga> Client::WaitForEnd(const std::string& saga_id, absl::Duration within) {
  absl::StatusOr<v1::Saga> saga;
  const auto ended = [&] {
    saga = Get(saga_id);
    return saga.ok() ? HasEnded(*saga) : IsFinal(saga.status());
  };
  const bool in_time = Eventually(ended, within);
  if (saga.ok() && !in_time) {
    return Error(StatusCode::kDeadlineExceeded, "has not ended: {}", saga->ShortDebugString());
  }
  return saga;
}

absl::StatusOr<v1::Saga> Client::Cancel(const std::string& saga_id) {
  v1::CancelSagaRequest request;
  request.set_saga_id(saga_id);
  request.set_reason("the customer thought better of it");
  request.set_actor("system test");
  return Call(impl_->sagas, &v1::SagaService::Stub::CancelSaga, request);
}

absl::Status Client::Signal(const std::string& saga_id, const std::string& name,
                            const std::string& signal_id,
                            const google::protobuf::Message& message) {
  v1::SignalSagaRequest request;
  request.set_saga_id(saga_id);
  request.set_name(name);
  request.set_signal_id(signal_id);
  request.mutable_message()->PackFrom(message);
  return Call(impl_->sagas, &v1::SagaService::Stub::SignalSaga, request).status();
}

absl::Status Client::CompleteStep(const std::string& idempotency_key,
                                  const google::protobuf::Message& response) {
  v1::CompleteStepRequest request;
  request.set_idempotency_key(idempotency_key);
  request.mutable_response()->PackFrom(response);
  return Call(impl_->sagas, &v1::SagaService::Stub::CompleteStep, request).status();
}

absl::Status Client::RetryDeadLetter(const std::string& dead_letter_id) {
  v1::DeadLetterOrder order;
  order.set_id(dead_letter_id);
  order.set_reason("all is well again");
  order.set_actor("system test");
  return Call(impl_->admin, &v1::AdminService::Stub::RetryDeadLetter, order).status();
}

absl::StatusOr<std::vector<v1::Saga>> Client::List(const std::string& filter) {
  std::vector<v1::Saga> sagas;
  v1::ListSagasRequest request;
  request.set_filter(filter);
  request.set_page_size(kPage);
  do {
    SKALD_ASSIGN_OR_RETURN(const v1::ListSagasResponse page,
                           Call(impl_->sagas, &v1::SagaService::Stub::ListSagas, request));
    sagas.insert(sagas.end(), page.sagas().begin(), page.sagas().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return sagas;
}

absl::StatusOr<std::vector<v1::HistoryEntry>> Client::History(const std::string& saga_id) {
  std::vector<v1::HistoryEntry> entries;
  v1::ListHistoryRequest request;
  request.set_saga_id(saga_id);
  request.set_page_size(kPage);
  do {
    SKALD_ASSIGN_OR_RETURN(const v1::ListHistoryResponse page,
                           Call(impl_->sagas, &v1::SagaService::Stub::ListHistory, request));
    entries.insert(entries.end(), page.entries().begin(), page.entries().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return entries;
}

absl::StatusOr<std::vector<v1::DeadLetter>> Client::OpenDeadLetters() {
  std::vector<v1::DeadLetter> letters;
  v1::ListDeadLettersRequest request;
  request.set_page_size(kPage);
  do {
    SKALD_ASSIGN_OR_RETURN(const v1::ListDeadLettersResponse page,
                           Call(impl_->admin, &v1::AdminService::Stub::ListDeadLetters, request));
    letters.insert(letters.end(), page.dead_letters().begin(), page.dead_letters().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return letters;
}

bool Client::Serving() {
  using grpc::health::v1::HealthCheckResponse;
  const auto response = Call(impl_->health, &grpc::health::v1::Health::Stub::Check,
                             grpc::health::v1::HealthCheckRequest());
  return response.ok() && response->status() == HealthCheckResponse::SERVING;
}

absl::Status SetFault(const std::string& address, const FaultOrder& order) {
  demo::v1::Faults::Stub stub(Connect(address));
  demo::v1::SetFaultRequest request;
  request.set_method(order.method);
  request.set_kind(static_cast<demo::v1::SetFaultRequest::Kind>(order.kind));
  request.set_times(static_cast<uint32_t>(order.times));
  request.set_delay_ms(static_cast<uint32_t>(absl::ToInt64Milliseconds(order.delay)));
  return Call(stub, &demo::v1::Faults::Stub::Set, request).status();
}

v1::StartSagaRequest PlaceOrder(const std::string& id, const std::string& customer,
                                int64_t amount_cents, std::string_view delivery) {
  shop::v1::OrderState order;
  order.set_order_id(id);
  order.set_customer(customer);
  order.set_sku("book");
  order.set_quantity(1);
  order.set_amount_cents(amount_cents);
  order.set_express(delivery == "courier");
  v1::StartSagaRequest request;
  request.set_definition("place_order");
  request.set_saga_id(id);
  request.mutable_input()->PackFrom(order);
  return request;
}

}  // namespace skald::system_test
