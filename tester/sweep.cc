#include "tester/sweep.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "tester/test_failure.h"
#include "tester/trial.h"

namespace skald {

// What the options say of calls and signals, checked against the definition.
class SweepWorld final {
 public:
  SweepWorld(const Definition& definition, const SweepOptions& options)
      : definition_(definition), options_(options) {
    for (const auto& [step, reply] : options.replies_) CheckReply(step, reply);
    for (const auto& [name, message] : options.signals_) CheckSignal(name, message);
  }

  internal::World world() const {
    return {.reply = [this](const core::SendAttempt& call) { return ReplyTo(call); },
            .signal = [this](const Node& await,
                             const std::string& path) { return SignalFor(await, path); }};
  }

 private:
  using Given = SweepOptions::Given;

  void CheckReply(const std::string& step, const Given& reply) const {
    const Call* const call = internal::CallOf(definition_, step, v1::ACTION);
    if (call == nullptr) {
      throw TestFailure(fmt::format("Reply(\"{}\", ...): {} has no step with a call there", step,
                                    Label(definition_)),
                        {});
    }
    if (call->response_type == reply.type) return;
    throw TestFailure(fmt::format("Reply(\"{}\", ...): it answers with a {}, not a {}", step,
                                  call->response_type, reply.type),
                      {});
  }

  void CheckSignal(const std::string& name, const Given& message) const {
    const Node* const node = internal::AwaitOf(definition_, name);
    if (node == nullptr) {
      throw TestFailure(
          fmt::format("Signal(\"{}\", ...): {} has no Await there", name, Label(definition_)), {});
    }
    if (node->await->message_type == message.type) return;
    throw TestFailure(fmt::format("Signal(\"{}\", ...): it takes a {}, not a {}", name,
                                  node->await->message_type, message.type),
                      {});
  }

  static std::string Find(const std::map<std::string, Given>& given,
                          std::initializer_list<std::string> names) {
    for (const std::string& name : names) {
      if (const auto found = given.find(name); found != given.end()) return found->second.bytes;
    }
    return {};
  }

  std::string ReplyTo(const core::SendAttempt& call) const {
    if (call.phase == v1::COMPENSATION) return {};
    return Find(options_.replies_, {call.step, FindNode(definition_, call.step)->path});
  }

  std::string SignalFor(const Node& await, const std::string& path) const {
    return Find(options_.signals_, {path, await.path, await.name});
  }

  const Definition& definition_;
  const SweepOptions& options_;
};

SweepOptions& SweepOptions::Reply(std::string step, const google::protobuf::Message& reply) {
  replies_[std::move(step)] = {reply.GetDescriptor()->full_name(), reply.SerializeAsString()};
  return *this;
}

SweepOptions& SweepOptions::Signal(std::string name, const google::protobuf::Message& message) {
  signals_[std::move(name)] = {message.GetDescriptor()->full_name(), message.SerializeAsString()};
  return *this;
}

namespace {

void Look(const internal::Trial& trial, internal::Trouble trouble, SweepResult& result) {
  ++result.runs;
  const v1::Saga::Status status = trial.driver().record().status();
  ++(status == v1::Saga::COMPLETED ? result.completed : result.compensated);
  const std::string wrong = trial.Wrong();
  if (wrong.empty()) return;
  const std::string when = trial.after() == "nothing"
                               ? "no trouble"
                               : fmt::format("{} after {}", NameOf(trouble), trial.after());
  trial.driver().Fail(fmt::format("{} ({}) is {}: {}", Label(trial.driver().definition()), when,
                                  v1::Saga::Status_Name(status), wrong));
}

}  // namespace

SweepResult Sweep(const Testable& testable, const google::protobuf::Message& input,
                  const SweepOptions& options) {
  testable.CheckStateType(input.GetDescriptor()->full_name());
  const SweepWorld surroundings(testable.definition(), options);
  const internal::World world = surroundings.world();
  const std::string state = input.SerializeAsString();
  SweepResult result;
  // Place 0 never comes: as it is.
  internal::Trial plain(testable.definition(), world, internal::Trouble::kCancel, 0);
  (void)plain.Run(state);
  Look(plain, internal::Trouble::kCancel, result);
  for (const internal::Trouble trouble : internal::kTroubles) {
    for (int place = 1;; ++place) {
      internal::Trial trial(testable.definition(), world, trouble, place);
      if (!trial.Run(state)) break;
      Look(trial, trouble, result);
    }
  }
  return result;
}

}  // namespace skald
