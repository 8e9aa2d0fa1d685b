// A call that a test expected and found under way. What it says of it is the participant's answer.
// Part of tester/saga_tester.h.
//
//   saga.Expect("hold_money").Rejects(absl::StatusCode::kFailedPrecondition, "no funds");
//
// A call of which nothing is said stays under way. It may be answered later, after others:
//
//   auto hotel = saga.Expect<&Hotels::Stub::Book>("trip/hotel");
//   saga.Expect<&Flights::Stub::Book>("trip/flight").Replies(flight);
//   hotel.Replies(room);
//
// Each method throws TestFailure if the call is not under way any more. Confined; to be used only
// while its SagaTester lives.
#ifndef SKALD_TESTER_EXPECTED_CALL_H_
#define SKALD_TESTER_EXPECTED_CALL_H_

#include <google/protobuf/message.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "sagas/rpc.h"
#include "skald/v1/saga.pb.h"

namespace skald {

namespace internal {

class Conversation;

struct CallId {
  std::string step;
  v1::Phase phase = v1::PHASE_UNSPECIFIED;
  int attempt = 0;
};

}  // namespace internal

class ExpectedCall {
 public:
  ExpectedCall(internal::Conversation& conversation, internal::CallId id)
      : conversation_(&conversation), id_(std::move(id)) {}

  // OK. `reply` must be of the method's type; without one it is empty.
  void Replies(const google::protobuf::Message& reply);
  void Replies();

  // A clear no: the step is not tried again. Throws TestFailure if the code does not say that (of a
  // participant that is down, of a step whose definition maps it otherwise): use Fails.
  void Rejects(absl::StatusCode code = absl::StatusCode::kFailedPrecondition,
               const std::string& message = {});

  // Any other code, and how long the participant asks not to be called again (RetryInfo).
  void Fails(absl::StatusCode code, const std::string& message = {},
             absl::Duration retry_after = absl::ZeroDuration());

  // The call arrives, and its reply is lost: nobody knows. It is tried again when time passes.
  void Loses();

  // As Loses, with DEADLINE_EXCEEDED. The clock stays: SagaTester::Advance lets calls that nobody
  // answers time out by themselves.
  void TimesOut();

  // Loses this attempt and all that follow, until its retries end. The clock moves on; so does
  // whatever is due meanwhile.
  void Exhausts();

  // Accepted, and finished later: by SagaTester::ExpectPending, or, with `poll_after`, asked again
  // when so much time has passed.
  void Pends(absl::Duration poll_after = absl::ZeroDuration());

  // The answer that follows comes so much later. What is due on the way happens.
  ExpectedCall& After(absl::Duration delay);

  // 1 for the first.
  [[nodiscard]] int attempt() const { return id_.attempt; }
  // The method's request, in words.
  [[nodiscard]] std::string RequestText() const;

 protected:
  [[nodiscard]] const std::string& RequestBytes() const;

 private:
  internal::Conversation* conversation_;
  internal::CallId id_;
};

// A call of a method that the test named.
template <auto kMethod>
class ExpectedCallOf final : public ExpectedCall {
 public:
  using Request = typename Rpc<kMethod>::Request;
  using Response = typename Rpc<kMethod>::Response;

  using ExpectedCall::ExpectedCall;

  void Replies(const Response& reply = {}) { ExpectedCall::Replies(reply); }

  ExpectedCallOf& After(absl::Duration delay) {
    ExpectedCall::After(delay);
    return *this;
  }

  [[nodiscard]] Request request() const {
    Request request;
    request.ParseFromString(RequestBytes());
    return request;
  }
};

// A call that its participant has accepted, and finishes as CompleteStep tells.
class PendingCall final {
 public:
  PendingCall(internal::Conversation& conversation, internal::CallId id)
      : conversation_(&conversation), id_(std::move(id)) {}

  // OK. `reply` must be of the method's type; without one it is empty.
  void Completes(const google::protobuf::Message& reply);
  void Completes();
  void CompletesWith(absl::StatusCode code, const std::string& message = {});

 private:
  internal::Conversation* conversation_;
  internal::CallId id_;
};

}  // namespace skald

#endif  // SKALD_TESTER_EXPECTED_CALL_H_
