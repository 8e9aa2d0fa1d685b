#include "tester/tester_base.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <utility>

#include "tester/advice.h"
#include "tester/conversation.h"
#include "tester/messages.h"

namespace skald::internal {

TesterBase::TesterBase(Testable testable, const std::string& state_type, Choices* choices) {
  testable.CheckStateType(state_type);
  conversation_ = std::make_unique<Conversation>(std::move(testable), choices);
}

TesterBase::~TesterBase() = default;

void TesterBase::StartWith(std::string input, const StartOptions& options) {
  conversation_->Start(std::move(input), options);
}

ExpectedCall TesterBase::Expect(std::string_view step) {
  return {*conversation_, conversation_->Expect(step, v1::ACTION)};
}

ExpectedCall TesterBase::ExpectCompensation(std::string_view step) {
  return {*conversation_, conversation_->Expect(step, v1::COMPENSATION)};
}

PendingCall TesterBase::ExpectPending(std::string_view step) {
  return {*conversation_, conversation_->ExpectPending(step, v1::ACTION)};
}

PendingCall TesterBase::ExpectPendingCompensation(std::string_view step) {
  return {*conversation_, conversation_->ExpectPending(step, v1::COMPENSATION)};
}

CallId TesterBase::FindMethod(std::string_view step, v1::Phase phase, const std::string& method,
                              const google::protobuf::Descriptor& request,
                              const google::protobuf::Descriptor& response) {
  CallId id = conversation_->Expect(step, phase);
  conversation_->CheckMethod(id, method, request, response);
  return id;
}

void TesterBase::CheckEqual(std::string_view step, const google::protobuf::Message& expected,
                            const google::protobuf::Message& request) {
  const std::string differences = Differences(expected, request);
  if (differences.empty()) return;
  conversation_->driver().Fail(
      fmt::format("the request of '{}' is not the one that was expected (expected -> sent):\n{}",
                  step, differences));
}

void TesterBase::FailRequest(std::string_view step, const std::string& request) {
  conversation_->driver().Fail(
      fmt::format("the request of '{}' is not as expected: {}", step, request));
}

void TesterBase::ExpectNothing() {
  if (conversation_->Settled().calls().empty() && conversation_->driver().started()) return;
  conversation_->Fail("no call was expected.");
}

void TesterBase::ExpectWaiting(std::string_view path) {
  const Driver& driver = conversation_->Settled();
  const Node* const node = FindNode(driver.definition(), path);
  if (node == nullptr || !(node->await || node->sleep)) {
    conversation_->Fail(
        fmt::format("{} has no Await or Sleep '{}'.", Label(driver.definition()), path));
  }
  const v1::StepState* const step = FindStep(driver.record(), path);
  if (step != nullptr && step->status() == v1::Step::RUNNING) return;
  conversation_->Fail(fmt::format(
      "'{}' does not wait now: {}.", path,
      step == nullptr ? "the saga has not come to it"
                      : fmt::format("it is {}", v1::Step::Status_Name(step->status()))));
}

void TesterBase::ExpectStatus(v1::Saga::Status status) {
  const Driver& driver = conversation_->Settled();
  if (driver.record().status() == status) return;
  conversation_->Fail(
      fmt::format("the saga was expected to be {}.", v1::Saga::Status_Name(status)));
}

void TesterBase::ExpectCompleted() { ExpectStatus(v1::Saga::COMPLETED); }

void TesterBase::ExpectCompensated() { ExpectStatus(v1::Saga::COMPENSATED); }

void TesterBase::ExpectCompensated(v1::Cause::Kind cause, std::string_view step) {
  ExpectCompensated();
  const v1::Cause& actual = conversation_->driver().record().cause();
  if (actual.kind() == cause && actual.step() == step) return;
  v1::Cause expected;
  expected.set_kind(cause);
  expected.set_step(std::string(step));
  conversation_->Fail(
      fmt::format("the saga was expected to turn back because of {}.", Because(expected)));
}

void TesterBase::ExpectParked(std::string_view step, std::string_view words) {
  ExpectStatus(v1::Saga::DEAD_LETTERED);
  const v1::DeadLetterRecord& letter = *conversation_->driver().dead_letter();
  if (letter.step() == step && letter.cause().message().find(words) != std::string::npos) return;
  conversation_->Fail(fmt::format("the saga was expected to be parked at '{}'{}, and is at '{}'.",
                                  step, words.empty() ? "" : fmt::format(" with \"{}\"", words),
                                  letter.step()));
}

void TesterBase::Signal(std::string_view name, const google::protobuf::Message& message) {
  conversation_->MustHappen(fmt::format("the signal '{}'", name),
                            conversation_->Signal(name, message));
}

void TesterBase::ExpectSignalRefused(std::string_view name,
                                     const google::protobuf::Message& message) {
  conversation_->MustBeRefused(fmt::format("the signal '{}'", name),
                               conversation_->Signal(name, message));
}

void TesterBase::Advance(absl::Duration duration) { conversation_->Advance(duration); }

void TesterBase::AdvanceToNext() { conversation_->AdvanceToNext(); }

absl::Time TesterBase::now() const { return conversation_->driver().now(); }

void TesterBase::Crash() { conversation_->Crash(); }

void TesterBase::Cancel(const std::string& reason) {
  conversation_->MustHappen("the cancel", conversation_->Order(core::Order::Verb::kCancel, reason));
}

void TesterBase::ExpectCancelRefused(const std::string& reason) {
  conversation_->MustBeRefused("the cancel",
                               conversation_->Order(core::Order::Verb::kCancel, reason));
}

void TesterBase::Retry(const std::string& reason) {
  conversation_->MustHappen("the retry", conversation_->Order(core::Order::Verb::kRetry, reason));
}

void TesterBase::Skip(const std::string& reason) {
  conversation_->MustHappen("the skip", conversation_->Order(core::Order::Verb::kSkip, reason));
}

void TesterBase::Resolve(const std::string& reason) {
  conversation_->MustHappen("the resolve",
                            conversation_->Order(core::Order::Verb::kResolve, reason));
}

void TesterBase::FreeKey() { conversation_->FreeKey(); }

std::string TesterBase::transcript() { return conversation_->Settled().Transcript(); }

void TesterBase::ReadState(google::protobuf::Message& state) {
  const Driver& driver = conversation_->Settled();
  if (!driver.started()) conversation_->Fail("the state is asked for before the saga began.");
  state.ParseFromString(driver.record().state());
}

void TesterBase::ReadStateOfChild(std::string_view path, google::protobuf::Message& state) {
  const Driver& driver = conversation_->Settled();
  const Node* const node = FindNode(driver.definition(), path);
  if (node == nullptr || !node->child) {
    conversation_->Fail(fmt::format("{} has no child '{}'.", Label(driver.definition()), path));
  }
  if (node->child->state_type != state.GetDescriptor()->full_name()) {
    conversation_->Fail(fmt::format("the state of '{}' is a {}, not a {}.", path,
                                    node->child->state_type, state.GetDescriptor()->full_name()));
  }
  const v1::StepState* const step = FindStep(driver.record(), path);
  if (step == nullptr) conversation_->Fail(fmt::format("the child '{}' has not begun.", path));
  state.ParseFromString(step->state());
}

}  // namespace skald::internal
