#include "tester/driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/status.h"
#include "engine/core/transcript.h"
#include "tester/messages.h"
#include "tester/test_failure.h"

namespace skald::internal {
namespace {

// What the event brought, in words; empty where it brought nothing.
struct PayloadOf {
  const Definition& definition;

  std::string operator()(const core::Start& start) const {
    return internal::TextOf(definition.state_type, start.input);
  }
  std::string operator()(const core::AttemptEnded& ended) const {
    if (ended.code != absl::StatusCode::kOk) return {};
    return ended.pending ? "pending" : Reply(ended.step, ended.phase, ended.reply);
  }
  std::string operator()(const core::Completion& completion) const {
    if (completion.code != absl::StatusCode::kOk) return {};
    return Reply(completion.step, completion.phase, completion.reply);
  }
  std::string operator()(const core::Signal& signal) const {
    const Node* const node = AwaitOf(definition, signal.name);
    return node == nullptr ? std::string()
                           : internal::TextOf(node->await->message_type, signal.payload);
  }
  template <typename Other>
  std::string operator()(const Other&) const {
    return {};
  }

 private:
  std::string Reply(std::string_view step, v1::Phase phase, const std::string& bytes) const {
    const Call* const call = CallOf(definition, step, phase);
    return call == nullptr ? std::string() : internal::TextOf(call->response_type, bytes);
  }
};

bool SameStep(const v1::StepState& a, const v1::StepState& b) {
  return a.path() == b.path() && a.status() == b.status() && a.arm() == b.arm() &&
         a.count() == b.count() && a.wake_us() == b.wake_us() && a.state() == b.state();
}

bool SameEffect(const core::Effect& a, const core::Effect& b) {
  const auto* send = std::get_if<core::SendAttempt>(&a);
  const auto* other = std::get_if<core::SendAttempt>(&b);
  if (send == nullptr || other == nullptr) return send == other;
  return send->step == other->step && send->request == other->request;
}

// All that depends on the author's functions.
bool SameByFunctions(const core::Transition& a, const core::Transition& b) {
  const auto& steps = a.record.steps();
  const auto& others = b.record.steps();
  return a.record.state() == b.record.state() &&
         std::equal(steps.begin(), steps.end(), others.begin(), others.end(), SameStep) &&
         std::equal(a.effects.begin(), a.effects.end(), b.effects.begin(), b.effects.end(),
                    SameEffect);
}

}  // namespace

v1::SagaRecord AsStored(const v1::SagaRecord& before, const core::Transition& transition) {
  if (!transition.changed) return before;
  v1::SagaRecord stored = transition.record;
  *stored.mutable_steps() = before.steps();
  for (const int index : transition.changed_steps) {
    while (stored.steps_size() <= index) stored.add_steps();
    *stored.mutable_steps(index) = transition.record.steps(index);
  }
  v1::SagaRecord loaded;
  loaded.ParseFromString(stored.SerializeAsString());
  return loaded;
}

std::string NameOf(std::string_view step, v1::Phase phase) {
  return fmt::format("{}'{}'", phase == v1::COMPENSATION ? "the compensation of " : "", step);
}

const Call* CallOf(const Definition& definition, std::string_view step, v1::Phase phase) {
  const Node* const node = FindNode(definition, step);
  if (node == nullptr) return nullptr;
  const std::optional<Call>& call = phase == v1::ACTION ? node->action : node->compensation;
  return call ? &*call : nullptr;
}

const Node* AwaitOf(const Definition& definition, std::string_view name) {
  const Node* found = FindNode(definition, name);
  if (found != nullptr && found->await) return found;
  found = nullptr;
  ForEachNode(definition.root, [&](const Node& node) {
    if (found == nullptr && node.await && node.name == name) found = &node;
  });
  return found;
}

absl::Status Driver::Take(decltype(core::Event::what) what) {
  core::Event event{now_, epoch_, std::move(what)};
  core::Transition transition = core::Step(definition_, record_, event);
  // The store would refuse it: nothing has happened.
  if (transition.claim == core::KeyClaim::kTake && key_is_taken_) return absl::OkStatus();
  CheckPurity(event, transition);
  record_ = AsStored(record_, transition);
  if (transition.changed) DropEndedCalls(event);
  for (const core::Effect& effect : transition.effects) {
    const auto* send = std::get_if<core::SendAttempt>(&effect);
    if (send != nullptr) calls_.push_back({*send, now_});
  }
  if (transition.dead_letter) dead_letter_ = transition.dead_letter;
  absl::Status answer = transition.answer;
  v1::SagaRecord kept;
  kept.set_revision(transition.record.revision());
  kept.set_status(transition.record.status());
  transition.record = std::move(kept);
  lines_.push_back({std::move(event), std::move(transition)});
  return answer;
}

void Driver::Crash() {
  calls_.clear();
  ++epoch_;
  (void)Take(core::Recovered{});
}

void Driver::FreeKey() {
  key_is_taken_ = false;
  (void)Take(core::TimerFired{});
}

void Driver::CheckPurity(const core::Event& event, const core::Transition& transition) const {
  const core::Transition again = core::Step(definition_, record_, event);
  if (SameByFunctions(transition, again)) return;
  std::string differs =
      Differences(definition_.state_type, transition.record.state(), again.record.state());
  if (differs.empty()) differs = "what it sends, or where it goes, differs";
  Fail(fmt::format(
      "a function of {} is not pure: asked again, after \"{}\", it answers otherwise ({}). The "
      "engine asks again after a crash: take no clock, no random number, nothing global",
      Label(definition_), core::Transcript(event, transition), differs));
}

void Driver::DropEndedCalls(const core::Event& event) {
  const auto ends = [&](const CallUnderWay& open) {
    if (const auto* ended = std::get_if<core::AttemptEnded>(&event.what)) {
      return open.call.step == ended->step && open.call.phase == ended->phase &&
             open.call.attempt == ended->attempt;
    }
    // One that came before the answer: nobody listens to that any more.
    const auto* completion = std::get_if<core::Completion>(&event.what);
    return completion != nullptr && open.call.step == completion->step &&
           open.call.phase == completion->phase;
  };
  calls_.erase(std::remove_if(calls_.begin(), calls_.end(), ends), calls_.end());
}

absl::Time Driver::TimerDue() const {
  int64_t due = record_.due_us();
  // Without its key it only waits, or runs out of time.
  if (record_.queued() && key_is_taken_) due = record_.deadline_us();
  return due == 0 ? absl::InfiniteFuture() : FromMicros(due);
}

absl::Time Driver::NextDue() const {
  absl::Time due = TimerDue();
  for (const CallUnderWay& open : calls_) due = std::min(due, open.deadline());
  return due;
}

void Driver::FireNext() {
  const absl::Time due = NextDue();
  MoveClock(due);
  for (const CallUnderWay& open : calls_) {
    if (open.deadline() > due) continue;
    (void)Take(core::AttemptEnded{.step = open.call.step,
                                  .phase = open.call.phase,
                                  .attempt = open.call.attempt,
                                  .code = absl::StatusCode::kDeadlineExceeded,
                                  .message = "nobody answered in time",
                                  .elapsed = open.call.timeout});
    return;
  }
  const int64_t revision = record_.revision();
  (void)Take(core::TimerFired{});
  if (record_.revision() == revision && TimerDue() <= now_) {
    Fail("what was due has not happened, and stays due: a fault of the engine");
  }
}

std::string Driver::TextOf(const Line& line) const {
  const absl::Duration since = line.event.at - absl::FromUnixSeconds(1'800'000'000);
  const std::string payload = std::visit(PayloadOf{definition_}, line.event.what);
  std::string text = fmt::format("+{} {}\n", absl::FormatDuration(since),
                                 core::Transcript(line.event, line.transition));
  if (!payload.empty() && payload != "{}") text += fmt::format("    with {}\n", payload);
  for (const core::Effect& effect : line.transition.effects) {
    const auto* send = std::get_if<core::SendAttempt>(&effect);
    if (send == nullptr) continue;
    const Call* const call = CallOf(definition_, send->step, send->phase);
    text += fmt::format("    -> {} calls {} {}\n", NameOf(send->step, send->phase), send->method,
                        internal::TextOf(call->request_type, send->request));
  }
  return text;
}

std::string Driver::Transcript() const {
  std::string text;
  for (const Line& line : lines_) text += TextOf(line);
  return text;
}

std::vector<const core::SendAttempt*> Driver::Sent() const {
  std::vector<const core::SendAttempt*> sent;
  for (const Line& line : lines_) {
    for (const core::Effect& effect : line.transition.effects) {
      if (const auto* send = std::get_if<core::SendAttempt>(&effect)) sent.push_back(send);
    }
  }
  return sent;
}

void Driver::Fail(std::string message) const {
  throw TestFailure(std::move(message), Transcript());
}

}  // namespace skald::internal
