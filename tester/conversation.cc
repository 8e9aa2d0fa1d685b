#include "tester/conversation.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "tester/advice.h"
#include "tester/test_failure.h"

namespace skald::internal {
namespace {

constexpr char kActor[] = "test";
// Timers and timeouts that one Advance lets happen: far beyond what a test means.
constexpr int kMostTimers = 200'000;

bool IsOf(const CallId& id, const std::string& step, v1::Phase phase, int attempt) {
  return id.step == step && id.phase == phase && id.attempt == attempt;
}

}  // namespace

Conversation::Conversation(Testable testable, Choices* choices)
    : testable_(std::move(testable)), choices_(choices), driver_(testable_.definition()) {}

void Conversation::Fail(const std::string& message) const {
  driver_.Fail(message + " " + Situation(driver_));
}

void Conversation::MustBeStarted(std::string_view what) const {
  if (!driver_.started()) Fail(fmt::format("{} before the saga began.", what));
}

void Conversation::Start(std::string input, const StartOptions& options) {
  if (driver_.started()) Fail("the saga is started again: take another SagaTester.");
  const Definition& definition = testable_.definition();
  core::Start start{.saga_id = "saga",
                    .input_digest = core::InputDigest(definition.name, input),
                    .deadline = driver_.now() + options.deadline,
                    .start_at = driver_.now() + options.start_in};
  if (definition.exclusive) {
    StatusOr<std::string> key = definition.exclusive->key(input);
    if (!key.ok()) Fail(fmt::format("no exclusive key: {}.", Message(key.status())));
    start.exclusive_key = *std::move(key);
  }
  if (options.key == StartOptions::Key::kTaken) {
    if (start.exclusive_key.empty()) Fail("a key is taken, and this saga has none.");
    if (definition.exclusive->when_taken != ExclusiveKey::WhenTaken::kQueue) {
      Fail("its key is taken and the definition does not say kQueue: no saga is started.");
    }
    start.queued = true;
    driver_.TakeKeyAway();
  }
  start.input = std::move(input);
  (void)driver_.Take(std::move(start));
}

bool Conversation::IsHeld(const Driver::CallUnderWay& open) const {
  return std::any_of(held_.begin(), held_.end(), [&](const core::AttemptEnded& held) {
    return held.step == open.call.step && held.phase == open.call.phase &&
           held.attempt == open.call.attempt;
  });
}

CallId Conversation::Expect(std::string_view step, v1::Phase phase) {
  MustBeStarted("a call is expected");
  while (true) {
    for (const Driver::CallUnderWay& open : driver_.calls()) {
      if (open.call.step != step || open.call.phase != phase || IsHeld(open)) continue;
      return {open.call.step, phase, open.call.attempt};
    }
    if (held_.empty()) break;
    DeliverOne();
  }
  driver_.Fail(fmt::format("{} is not called now. {}", NameOf(step, phase),
                           WhyNotCalled(driver_, step, phase)));
}

CallId Conversation::ExpectPending(std::string_view step, v1::Phase phase) {
  MustBeStarted("a pending call is expected");
  (void)Settled();
  const v1::StepState* const reached = FindStep(driver_.record(), step);
  if (reached != nullptr) {
    const auto& attempts = phase == v1::ACTION ? reached->action() : reached->compensation();
    if (attempts.pending()) return {reached->path(), phase, attempts.total()};
  }
  driver_.Fail(fmt::format("{} is not pending. {}", NameOf(step, phase),
                           WhyNotCalled(driver_, step, phase)));
}

void Conversation::CheckMethod(const CallId& id, const std::string& method,
                               const google::protobuf::Descriptor& request,
                               const google::protobuf::Descriptor& response) const {
  const Call& call = *CallOf(driver_.definition(), id.step, id.phase);
  // clang leaves inline namespaces out of the name: the types decide.
  const auto last = [](const std::string& name) { return name.substr(name.rfind('/') + 1); };
  if (last(call.method) == last(method) && call.request_type == request.full_name() &&
      call.response_type == response.full_name()) {
    return;
  }
  Fail(fmt::format("{} calls {}, and {} was expected.", NameOf(id.step, id.phase), call.method,
                   method));
}

const core::SendAttempt& Conversation::CallAt(const CallId& id) const {
  for (const Driver::CallUnderWay& open : driver_.calls()) {
    if (IsOf(id, open.call.step, open.call.phase, open.call.attempt) && !IsHeld(open)) {
      return open.call;
    }
  }
  Fail(fmt::format("attempt {} of {} is not under way any more: it was answered, or has timed out.",
                   id.attempt, NameOf(id.step, id.phase)));
}

void Conversation::Answer(const CallId& id, core::AttemptEnded ended) {
  (void)CallAt(id);
  ended.step = id.step;
  ended.phase = id.phase;
  ended.attempt = id.attempt;
  if (choices_ == nullptr) return Deliver(std::move(ended));
  held_.push_back(std::move(ended));
}

void Conversation::Deliver(core::AttemptEnded ended) {
  for (const Driver::CallUnderWay& open : driver_.calls()) {
    if (open.call.step == ended.step && open.call.phase == ended.phase) {
      ended.elapsed = driver_.now() - open.sent;
    }
  }
  (void)driver_.Take(std::move(ended));
}

void Conversation::DeliverOne() {
  const int next = choices_->Next(static_cast<int>(held_.size()));
  core::AttemptEnded ended = std::move(held_[static_cast<size_t>(next)]);
  held_.erase(held_.begin() + next);
  order_.push_back((ended.phase == v1::ACTION ? "" : "-") + ended.step);
  Deliver(std::move(ended));
}

const Driver& Conversation::Settled() {
  if (held_.empty()) return driver_;
  while (!held_.empty()) DeliverOne();
  Remember();
  return driver_;
}

void Conversation::Remember() {
  const v1::SagaRecord& saga = driver_.record();
  Moment moment{.status = saga.status()};
  moment.states[""] = saga.state();
  for (const v1::StepState& step : saga.steps()) {
    if (FindNode(driver_.definition(), step.path())->child) {
      moment.states[step.path()] = step.state();
    }
  }
  moments_.push_back(std::move(moment));
}

void Conversation::Complete(core::Completion completion) {
  (void)Settled();
  MustHappen("the completion", driver_.Take(std::move(completion)));
}

void Conversation::Advance(absl::Duration duration) {
  MustBeStarted("time passes");
  (void)Settled();
  if (duration < absl::ZeroDuration() || duration == absl::InfiniteDuration()) {
    Fail(fmt::format("Advance({}): the clock goes forward, and not for ever.",
                     absl::FormatDuration(duration)));
  }
  const absl::Time until = driver_.now() + duration;
  for (int fired = 0; driver_.NextDue() <= until; ++fired) {
    if (fired == kMostTimers) Fail("time does not pass: something is always due.");
    driver_.FireNext();
  }
  driver_.MoveClock(until);
}

void Conversation::AdvanceToNext() {
  MustBeStarted("time passes");
  (void)Settled();
  if (driver_.NextDue() == absl::InfiniteFuture()) {
    Fail("AdvanceToNext(): nothing happens by itself.");
  }
  driver_.FireNext();
}

void Conversation::Crash() {
  MustBeStarted("the engine dies");
  (void)Settled();
  driver_.Crash();
}

void Conversation::FreeKey() {
  (void)Settled();
  if (!driver_.record().queued()) Fail("FreeKey(): the saga does not wait for its key.");
  driver_.FreeKey();
}

absl::Status Conversation::Signal(std::string_view name, const google::protobuf::Message& message) {
  MustBeStarted("a signal is sent");
  (void)Settled();
  const Node* const node = AwaitOf(driver_.definition(), name);
  if (node != nullptr && node->await->message_type != message.GetDescriptor()->full_name()) {
    Fail(fmt::format("'{}' takes a {}, and is sent a {}.", name, node->await->message_type,
                     message.GetDescriptor()->full_name()));
  }
  return driver_.Take(core::Signal{.name = std::string(name),
                                   .payload = message.SerializeAsString(),
                                   .id = fmt::format("signal-{}", ++signals_),
                                   .actor = kActor});
}

absl::Status Conversation::Order(core::Order::Verb verb, const std::string& reason) {
  MustBeStarted("an order is given");
  (void)Settled();
  return driver_.Take(core::Order{.verb = verb, .actor = kActor, .reason = reason});
}

void Conversation::MustHappen(std::string_view what, const absl::Status& answer) {
  if (!answer.ok()) {
    Fail(fmt::format("{} was refused, with {}: {}.", what, CodeName(answer.code()),
                     Message(answer)));
  }
}

void Conversation::MustBeRefused(std::string_view what, const absl::Status& answer) {
  if (answer.ok()) Fail(fmt::format("{} was to be refused, and was accepted.", what));
}

}  // namespace skald::internal
