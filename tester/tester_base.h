// The part of SagaTester that does not depend on the type of the saga's state; authors include
// tester/saga_tester.h, which shows it in use. Confined.
#ifndef SKALD_TESTER_TESTER_BASE_H_
#define SKALD_TESTER_TESTER_BASE_H_

#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "skald/v1/saga.pb.h"
#include "tester/expected_call.h"
#include "tester/start_options.h"
#include "tester/testable.h"

namespace skald::internal {

class Choices;
class Conversation;

// Every method throws TestFailure if what it expects is not the case.
class TesterBase {
 public:
  TesterBase(const TesterBase&) = delete;
  TesterBase& operator=(const TesterBase&) = delete;

  // The call that is under way, of whatever method.
  ExpectedCall Expect(std::string_view step);
  ExpectedCall ExpectCompensation(std::string_view step);

  // The call that its participant has accepted (ExpectedCall::Pends) and not finished.
  PendingCall ExpectPending(std::string_view step);
  PendingCall ExpectPendingCompensation(std::string_view step);

  // No call is under way. The saga may wait, or have ended.
  void ExpectNothing();

  // The Await or Sleep waits.
  void ExpectWaiting(std::string_view path);

  // How the saga has ended, or where it stands still.
  void ExpectCompleted();
  void ExpectCompensated();
  // `step`: where it turned back; empty where no step is to blame.
  void ExpectCompensated(v1::Cause::Kind cause, std::string_view step = {});
  // In a dead letter that names this step; its cause has `words` in it.
  void ExpectParked(std::string_view step, std::string_view words = {});

  // Somebody sends a signal: to the Await of this name, or with this path. One that comes early is
  // kept.
  void Signal(std::string_view name, const google::protobuf::Message& message);
  // A server would refuse it.
  void ExpectSignalRefused(std::string_view name, const google::protobuf::Message& message);

  // Moves the clock. What is due on the way happens at its time: retries, ends of waits, the
  // saga's deadline, and the timeouts of calls that nobody answers.
  void Advance(absl::Duration duration);
  // Moves the clock to what is due next, and lets just that happen.
  void AdvanceToNext();
  [[nodiscard]] absl::Time now() const;

  // The engine dies and another one goes on from what was stored. Calls under way may have arrived;
  // nobody hears their answers.
  void Crash();

  // Orders of an operator.
  void Cancel(const std::string& reason = {});
  // It is past its pivot, or has ended.
  void ExpectCancelRefused(const std::string& reason = {});
  // Of a parked saga.
  void Retry(const std::string& reason = {});
  void Skip(const std::string& reason);
  void Resolve(const std::string& reason);

  // The saga that held the exclusive key (StartOptions::Key::kTaken) has ended.
  void FreeKey();

  // All that has happened, for people.
  [[nodiscard]] std::string transcript();

  // For tester/orders.h.
  [[nodiscard]] Conversation& conversation() { return *conversation_; }

 protected:
  TesterBase(Testable testable, const std::string& state_type, Choices* choices);
  ~TesterBase();

  void StartWith(std::string input, const StartOptions& options);
  CallId FindMethod(std::string_view step, v1::Phase phase, const std::string& method,
                    const google::protobuf::Descriptor& request,
                    const google::protobuf::Descriptor& response);
  void CheckEqual(std::string_view step, const google::protobuf::Message& expected,
                  const google::protobuf::Message& request);
  [[noreturn]] void FailRequest(std::string_view step, const std::string& request);
  void ReadState(google::protobuf::Message& state);
  void ReadStateOfChild(std::string_view path, google::protobuf::Message& state);

 private:
  void ExpectStatus(v1::Saga::Status status);

  std::unique_ptr<Conversation> conversation_;
};

}  // namespace skald::internal

#endif  // SKALD_TESTER_TESTER_BASE_H_
