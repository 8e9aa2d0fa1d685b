// A client of Skald and of the participants' faults, over real connections, that sees a server come
// back quickly. Every call has a deadline.
//
// Threading: locked.
#ifndef SKALD_TESTS_SYSTEM_CLIENT_H_
#define SKALD_TESTS_SYSTEM_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "skald/v1/admin.pb.h"
#include "skald/v1/saga.pb.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace skald::system_test {

class Client final {
 public:
  explicit Client(const std::string& address);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  absl::StatusOr<v1::StartSagaResponse> Start(const v1::StartSagaRequest& request,
                                              absl::Duration within = absl::Seconds(5));
  // The same start until it is acknowledged. ALREADY_EXISTS and other final answers are returned.
  absl::StatusOr<v1::StartSagaResponse> StartUntilAcknowledged(const v1::StartSagaRequest& request,
                                                               absl::Duration within);
  absl::StatusOr<v1::Saga> Get(const std::string& saga_id);
  // Until the saga has ended or is parked, asking again while the server is away.
  absl::StatusOr<v1::Saga> WaitForEnd(const std::string& saga_id, absl::Duration within);
  absl::StatusOr<v1::Saga> Cancel(const std::string& saga_id);
  absl::Status Signal(const std::string& saga_id, const std::string& name,
                      const std::string& signal_id, const google::protobuf::Message& message);
  // `response`: of the method that was pending.
  absl::Status CompleteStep(const std::string& idempotency_key,
                            const google::protobuf::Message& response);
  absl::Status RetryDeadLetter(const std::string& dead_letter_id);

  // All pages of them.
  absl::StatusOr<std::vector<v1::Saga>> List(const std::string& filter);
  absl::StatusOr<std::vector<v1::HistoryEntry>> History(const std::string& saga_id);
  absl::StatusOr<std::vector<v1::DeadLetter>> OpenDeadLetters();

  // Whether the health service says SERVING; false also if nobody answers.
  [[nodiscard]] bool Serving();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

struct FaultOrder {
  enum class Kind { kNone, kReject, kLoseReply, kFail, kDelay };
  std::string method;
  Kind kind = Kind::kNone;
  // 0: until it is set to kNone.
  int times = 0;
  absl::Duration delay;
};

// Tells the participant at `address` to misbehave.
absl::Status SetFault(const std::string& address, const FaultOrder& order);

// An order of one piece by `customer`.
v1::StartSagaRequest PlaceOrder(const std::string& id, const std::string& customer,
                                int64_t amount_cents, std::string_view delivery = "post");

}  // namespace skald::system_test

#endif  // SKALD_TESTS_SYSTEM_CLIENT_H_
