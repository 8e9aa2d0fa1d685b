// One server, as skaldctl sees it: a method per call, each with a deadline.
//
// Errors are the server's, with its details (ErrorInfo, BadRequest, RetryInfo) as payloads of the
// status; DescribeError shows them to people.
//
// Threading: confined to the thread of the command.
#ifndef SKALD_ADMIN_SKALDCTL_CLIENT_H_
#define SKALD_ADMIN_SKALDCTL_CLIENT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpc/health/v1/health.pb.h"
#include "skald/v1/admin.pb.h"
#include "skald/v1/saga.pb.h"

namespace skald::ctl {

enum class Next { kGoOn, kStop };

class Client final {
 public:
  // Connects with the first call. `timeout` is for each call.
  Client(std::string address, absl::Duration timeout);
  ~Client();

  absl::StatusOr<v1::StartSagaResponse> StartSaga(const v1::StartSagaRequest& request);
  absl::StatusOr<v1::Saga> GetSaga(const std::string& saga_id);
  absl::StatusOr<v1::ListSagasResponse> ListSagas(const v1::ListSagasRequest& request);
  // One long poll: as the saga is after `patience` at the latest.
  absl::StatusOr<v1::Saga> WaitSaga(const std::string& saga_id, absl::Duration patience);
  // Calls `on_saga` with each state until it says kStop, the server ends the stream, or `deadline`.
  absl::Status WatchSaga(const std::string& saga_id, absl::Time deadline,
                         const std::function<Next(const v1::Saga&)>& on_saga);
  absl::StatusOr<v1::Saga> CancelSaga(const v1::CancelSagaRequest& request);
  absl::StatusOr<v1::Saga> SignalSaga(const v1::SignalSagaRequest& request);
  absl::StatusOr<v1::CompleteStepResponse> CompleteStep(const v1::CompleteStepRequest& request);
  absl::StatusOr<v1::ListHistoryResponse> ListHistory(const v1::ListHistoryRequest& request);

  absl::StatusOr<v1::ListDeadLettersResponse> ListDeadLetters(
      const v1::ListDeadLettersRequest& request);
  absl::StatusOr<v1::DeadLetter> GetDeadLetter(const std::string& id);
  absl::StatusOr<v1::DeadLetterOrderResponse> RetryDeadLetter(const v1::DeadLetterOrder& order);
  absl::StatusOr<v1::DeadLetterOrderResponse> SkipDeadLetter(const v1::DeadLetterOrder& order);
  absl::StatusOr<v1::DeadLetterOrderResponse> ResolveDeadLetter(const v1::DeadLetterOrder& order);
  absl::StatusOr<v1::Saga> PauseSaga(const v1::SagaOrder& order);
  absl::StatusOr<v1::Saga> ResumeSaga(const v1::SagaOrder& order);
  absl::StatusOr<v1::ListAuditResponse> ListAudit(const v1::ListAuditRequest& request);
  absl::StatusOr<v1::ListDefinitionsResponse> ListDefinitions(
      const v1::ListDefinitionsRequest& request);
  absl::StatusOr<v1::DefinitionInfo> GetDefinition(const v1::GetDefinitionRequest& request);
  absl::StatusOr<v1::DiffDefinitionsResponse> DiffDefinitions(
      const v1::DiffDefinitionsRequest& request);
  absl::StatusOr<v1::CountRunningResponse> CountRunning();
  absl::StatusOr<v1::DrawSagaResponse> DrawSaga(const v1::DrawSagaRequest& request);

  absl::StatusOr<grpc::health::v1::HealthCheckResponse> CheckHealth();

 private:
  struct Stubs;
  const std::unique_ptr<Stubs> stubs_;
};

// The version of the gRPC library.
std::string GrpcVersion();

}  // namespace skald::ctl

#endif  // SKALD_ADMIN_SKALDCTL_CLIENT_H_
