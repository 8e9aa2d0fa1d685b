#include "tests/scenario/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "engine/core/schedule.h"

namespace skald::scenario {
namespace {

enum class Trouble { kNone, kCancel, kDeadline, kCrash, kReject, kLose, kExhaust };

const std::map<std::string, Trouble> kTroubles = {
    {"cancel", Trouble::kCancel}, {"deadline", Trouble::kDeadline}, {"crash", Trouble::kCrash},
    {"reject", Trouble::kReject}, {"lose", Trouble::kLose},         {"exhaust", Trouble::kExhaust}};

bool IsOfCalls(Trouble trouble) {
  return trouble == Trouble::kReject || trouble == Trouble::kLose || trouble == Trouble::kExhaust;
}

// A participant for all steps, as the guard makes one.
class Participants {
 public:
  absl::StatusCode Take(const core::SendAttempt& call, absl::StatusCode wanted) {
    Book& book = books_[call.step];
    const bool action = call.phase == v1::ACTION;
    auto& reply = action ? book.action : book.compensation;
    if (reply) return *reply;
    if (action && book.compensation) return absl::StatusCode::kFailedPrecondition;
    reply = wanted;
    if (wanted != absl::StatusCode::kOk) return wanted;
    if (action) {
      effects_ += " " + call.step;
      ++standing_[call.step];
    } else if (book.action == absl::StatusCode::kOk || call.compensates.empty()) {
      effects_ += " -" + call.step;
      --standing_[call.step];
    }
    return wanted;
  }

  const std::string& effects() const { return effects_; }
  // Steps whose action stands and could have been undone.
  std::string Standing(const Definition& definition) const {
    std::string steps;
    for (const auto& [step, count] : standing_) {
      if (count > 0 && FindNode(definition, step)->compensation) steps += " " + step;
    }
    return steps;
  }

 private:
  struct Book {
    std::optional<absl::StatusCode> action;
    std::optional<absl::StatusCode> compensation;
  };
  std::map<std::string, Book> books_;
  std::map<std::string, int> standing_;
  std::string effects_;
};

class Run {
 public:
  Run(const Definition& definition, std::string state, Trouble trouble, int place)
      : definition_(definition), state_(std::move(state)), trouble_(trouble), place_(place) {}

  // False: the saga ended before the trouble came.
  bool Go() {
    Take(core::Start{
        .saga_id = "s",
        .input = state_,
        .input_digest = "d",
        .deadline = trouble_ == Trouble::kDeadline ? kDeadline : absl::InfiniteFuture()});
    for (int i = 0; i < 10'000 && !IsOver(); ++i) Next();
    return came_;
  }

  std::string Line() const {
    std::string line =
        fmt::format("after {}: {}:{}", after_, v1::Saga::Status_Name(record_.status()),
                    participants_.effects());
    if (const std::string wrong = Wrong(); !wrong.empty()) return "WRONG " + line + wrong;
    return line;
  }

 private:
  // Later than any wait of a scenario.
  const absl::Time kDeadline = absl::FromUnixSeconds(1'900'000'000);

  bool IsOver() const {
    return record_.status() == v1::Saga::COMPLETED || record_.status() == v1::Saga::COMPENSATED;
  }

  std::string Wrong() const {
    if (!IsOver()) return ", and it goes on for ever";
    if (record_.status() != v1::Saga::COMPENSATED) return {};
    const std::string standing = participants_.Standing(definition_);
    return standing.empty() ? "" : ", and these stand:" + standing;
  }

  void Take(decltype(core::Event::what) what) {
    const core::Event event{now_, epoch_, std::move(what)};
    core::Transition transition = core::Step(definition_, record_, event, {});
    record_ = AsStored(record_, transition);
    for (core::Effect& effect : transition.effects) {
      if (auto* send = std::get_if<core::SendAttempt>(&effect)) calls_.push_back(std::move(*send));
    }
    if (!transition.changed || IsOver()) return;
    if (!IsOfCalls(trouble_) && ++events_ == place_) Strike();
  }

  void Strike() {
    came_ = true;
    after_ = fmt::format("{} event{}", place_, place_ == 1 ? "" : "s");
    switch (trouble_) {
      case Trouble::kCancel:
        return Take(core::Order{.verb = core::Order::Verb::kCancel, .actor = "ann"});
      case Trouble::kDeadline: now_ = std::max(now_, kDeadline); return Take(core::TimerFired{});
      case Trouble::kCrash:
        // Requests under way arrive; nobody hears the answers.
        for (const core::SendAttempt& call : calls_)
          participants_.Take(call, absl::StatusCode::kOk);
        calls_.clear();
        ++epoch_;
        return Take(core::Recovered{});
      default: return;
    }
  }

  void Next() {
    if (record_.status() == v1::Saga::DEAD_LETTERED) {
      exhausted_.clear();
      return Take(core::Order{.verb = core::Order::Verb::kRetry, .actor = "ann"});
    }
    if (!calls_.empty()) return AnswerCall();
    for (const v1::StepState& step : record_.steps()) {
      const Node* node = FindNode(definition_, step.path());
      if (step.status() != v1::Step::RUNNING || node->kind != Node::Kind::kAwait) continue;
      return Take(core::Signal{.name = step.path(), .payload = node->name, .id = step.path()});
    }
    if (record_.due_us() == 0) return;
    now_ = std::max(now_, FromMicros(record_.due_us()));
    Take(core::TimerFired{});
  }

  void AnswerCall() {
    const core::SendAttempt call = calls_.front();
    calls_.pop_front();
    const std::string name = (call.phase == v1::ACTION ? "" : "-") + call.step;
    core::AttemptEnded ended{.step = call.step, .phase = call.phase, .attempt = call.attempt};
    const bool struck = IsOfCalls(trouble_) && ++events_ == place_;
    absl::StatusCode wanted = absl::StatusCode::kOk;
    if (struck) {
      came_ = true;
      after_ = "call " + name;
      // A compensation may not be refused for ever, and what comes after the pivot neither.
      if (trouble_ == Trouble::kReject) wanted = absl::StatusCode::kFailedPrecondition;
      if (trouble_ == Trouble::kExhaust) exhausted_ = name;
    }
    const bool refused = wanted != absl::StatusCode::kOk;
    ended.code = refused ? wanted : participants_.Take(call, wanted);
    if (!refused && (struck || exhausted_ == name)) ended.code = absl::StatusCode::kUnavailable;
    if (ended.code == absl::StatusCode::kOk)
      ended.reply = call.step.substr(call.step.rfind('/') + 1);
    Take(std::move(ended));
  }

  const Definition& definition_;
  const std::string state_;
  const Trouble trouble_;
  const int place_;
  bool came_ = false;
  int events_ = 0;
  std::string after_ = "nothing";
  std::string exhausted_;
  Participants participants_;
  v1::SagaRecord record_;
  std::deque<core::SendAttempt> calls_;
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  int64_t epoch_ = 1;
};

}  // namespace

std::string Sweep(const Definition& definition, const std::string& words) {
  const size_t space = words.find(' ');
  const auto trouble = kTroubles.find(words.substr(0, space));
  if (trouble == kTroubles.end()) return "no such trouble: " + words + "\n";
  const std::string state = space == std::string::npos ? "" : words.substr(space + 1);
  std::string text;
  for (int place = 1;; ++place) {
    Run run(definition, state, trouble->second, place);
    const bool came = run.Go();
    text += run.Line() + "\n";
    if (!came) return text;
  }
}

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

}  // namespace skald::scenario
