// What happens between a test and its saga, without the types of messages. The substance of
// SagaTester; authors never name it.
//
// With Choices, answers are not delivered when the test gives them but when it needs to see what
// came of them, and then in an order that is chosen.
//
// Confined.
#ifndef SKALD_TESTER_CONVERSATION_H_
#define SKALD_TESTER_CONVERSATION_H_

#include <google/protobuf/message.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tester/choices.h"
#include "tester/driver.h"
#include "tester/expected_call.h"
#include "tester/start_options.h"
#include "tester/testable.h"

namespace skald::internal {

class Conversation final {
 public:
  // What the saga was when all answers given so far had been delivered.
  struct Moment {
    v1::Saga::Status status = v1::Saga::STATUS_UNSPECIFIED;
    // By the path of the Child that it belongs to; the saga's own under "".
    std::map<std::string, std::string> states;
  };

  // `choices`: null unless orders are tried; must outlive this.
  Conversation(Testable testable, Choices* choices);

  void Start(std::string input, const StartOptions& options);

  // Throws TestFailure unless the call is under way, or pending.
  CallId Expect(std::string_view step, v1::Phase phase);
  CallId ExpectPending(std::string_view step, v1::Phase phase);
  // Throws TestFailure unless it is this method that is called.
  void CheckMethod(const CallId& id, const std::string& method,
                   const google::protobuf::Descriptor& request,
                   const google::protobuf::Descriptor& response) const;
  // The call, if nobody has answered it yet. Throws TestFailure if somebody has.
  const core::SendAttempt& CallAt(const CallId& id) const;
  void Answer(const CallId& id, core::AttemptEnded ended);
  void Complete(core::Completion completion);

  void Advance(absl::Duration duration);
  void AdvanceToNext();
  void Crash();
  void FreeKey();

  // What a server would answer.
  absl::Status Signal(std::string_view name, const google::protobuf::Message& message);
  absl::Status Order(core::Order::Verb verb, const std::string& reason);
  void MustHappen(std::string_view what, const absl::Status& answer);
  void MustBeRefused(std::string_view what, const absl::Status& answer);

  // Throws TestFailure with the situation after the message.
  [[noreturn]] void Fail(const std::string& message) const;

  // Delivers what was held back. Before any look at the saga.
  const Driver& Settled();
  // Without that.
  [[nodiscard]] const Driver& driver() const { return driver_; }

  [[nodiscard]] const std::vector<std::string>& order() const { return order_; }
  [[nodiscard]] const std::vector<Moment>& moments() const { return moments_; }
  // Now is one more.
  void Remember();

 private:
  bool IsHeld(const Driver::CallUnderWay& open) const;
  void Deliver(core::AttemptEnded ended);
  void DeliverOne();
  void MustBeStarted(std::string_view what) const;

  const Testable testable_;
  Choices* const choices_;
  Driver driver_;
  std::vector<core::AttemptEnded> held_;
  std::vector<std::string> order_;
  std::vector<Moment> moments_;
  int signals_ = 0;
};

}  // namespace skald::internal

#endif  // SKALD_TESTER_CONVERSATION_H_
