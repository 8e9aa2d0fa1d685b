#include "tester/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/clock.h"
#include "tester/advice.h"

namespace skald::internal {
namespace {

// Later than any wait of a definition that is swept.
const absl::Time kDeadline = absl::FromUnixSeconds(1'900'000'000);
constexpr int kMostEvents = 10'000;
// A parked saga that parks again so often does not get better by being retried.
constexpr int kMostRetries = 20;

bool IsOfCalls(Trouble trouble) {
  return trouble == Trouble::kReject || trouble == Trouble::kLose || trouble == Trouble::kExhaust;
}

std::vector<std::string_view> Parts(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    parts.push_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

// Whether two steps depend on each other, so that the later one is undone first: they do not where
// they are in different branches of a Parallel, or in elements that may be under way at once.
bool AreInSequence(const Definition& definition, std::string_view a, std::string_view b) {
  const std::vector<std::string_view> first = Parts(a), second = Parts(b);
  const auto [at, other] = std::mismatch(first.begin(), first.end(), second.begin(), second.end());
  if (at == first.end() || other == second.end()) return false;
  const Node* const common =
      FindNode(definition, fmt::format("{}", fmt::join(first.begin(), at, "/")));
  if (common->kind == Node::Kind::kParallel) return false;
  const bool elements = std::isdigit(static_cast<unsigned char>(at->front())) != 0;
  return !(elements && common->for_each && common->for_each->concurrency > 1);
}

}  // namespace

std::string_view NameOf(Trouble trouble) {
  switch (trouble) {
    case Trouble::kCancel: return "cancel";
    case Trouble::kDeadline: return "deadline";
    case Trouble::kCrash: return "crash";
    case Trouble::kReject: return "reject";
    case Trouble::kLose: return "lose";
    case Trouble::kExhaust: return "exhaust";
  }
  return "unknown";
}

bool Trial::Run(const std::string& state) {
  Take(
      core::Start{.saga_id = "s",
                  .input = state,
                  .input_digest = "d",
                  .deadline = trouble_ == Trouble::kDeadline ? kDeadline : absl::InfiniteFuture()});
  for (int i = 0; i < kMostEvents && !IsOver() && retries_ <= kMostRetries; ++i) Next();
  return came_;
}

bool Trial::IsOver() const {
  const v1::Saga::Status status = driver_.record().status();
  return status == v1::Saga::COMPLETED || status == v1::Saga::COMPENSATED;
}

std::string Trial::Wrong() const {
  const v1::SagaRecord& saga = driver_.record();
  if (retries_ > kMostRetries) {
    return fmt::format("it is parked again and again, because of {}",
                       Because(driver_.dead_letter()->cause()));
  }
  if (!IsOver()) return "it goes on for ever";
  if (!out_of_order_.empty()) return out_of_order_;
  std::string steps;
  for (const auto& [step, book] : books_) {
    if (book.standing <= 0) continue;
    const bool should_stand = saga.status() == v1::Saga::COMPLETED;
    if (should_stand || !FindNode(driver_.definition(), step)->compensation) continue;
    steps += " " + step;
  }
  return steps.empty() ? "" : "these stand:" + steps;
}

// As the guard of participants answers.
absl::StatusCode Trial::TakeCall(const core::SendAttempt& call, absl::StatusCode wanted) {
  Book& book = books_[call.step];
  const bool action = call.phase == v1::ACTION;
  std::optional<absl::StatusCode>& reply = action ? book.action : book.compensation;
  if (reply) return *reply;
  if (action && book.compensation) return absl::StatusCode::kFailedPrecondition;
  reply = wanted;
  if (wanted != absl::StatusCode::kOk) return wanted;
  if (action) {
    effects_.push_back(call.step);
    ++book.standing;
  } else if (book.action == absl::StatusCode::kOk || call.compensates.empty()) {
    CheckOrder(call.step);
    effects_.push_back("-" + call.step);
    --book.standing;
  }
  return wanted;
}

// Whatever took effect after `step` did, and depends on it, must have been undone.
void Trial::CheckOrder(const std::string& step) {
  const auto began = std::find(effects_.begin(), effects_.end(), step);
  for (auto later = began; later != effects_.end(); ++later) {
    if (later == began || later->front() == '-' || books_[*later].standing <= 0) continue;
    const Node& node = *FindNode(driver_.definition(), *later);
    if (!node.compensation || !AreInSequence(driver_.definition(), step, *later)) continue;
    out_of_order_ = fmt::format("{} is undone before {}, which came after it", step, *later);
  }
}

void Trial::Take(decltype(core::Event::what) what) {
  const int64_t revision = driver_.record().revision();
  (void)driver_.Take(std::move(what));
  if (driver_.record().revision() == revision || IsOver()) return;
  if (!IsOfCalls(trouble_) && ++events_ == place_) Strike();
}

void Trial::Strike() {
  came_ = true;
  after_ = fmt::format("{} event{}", place_, place_ == 1 ? "" : "s");
  switch (trouble_) {
    case Trouble::kCancel:
      return Take(core::Order{.verb = core::Order::Verb::kCancel, .actor = "ann"});
    case Trouble::kDeadline: driver_.MoveClock(kDeadline); return Take(core::TimerFired{});
    case Trouble::kCrash:
      // Requests under way arrive; nobody hears the answers.
      for (const Driver::CallUnderWay& open : driver_.calls()) {
        TakeCall(open.call, absl::StatusCode::kOk);
      }
      return driver_.Crash();
    default: return;
  }
}

void Trial::Next() {
  const v1::SagaRecord& saga = driver_.record();
  if (saga.status() == v1::Saga::DEAD_LETTERED) {
    exhausted_.clear();
    if (++retries_ > kMostRetries) return;
    return Take(core::Order{.verb = core::Order::Verb::kRetry, .actor = "ann"});
  }
  if (!driver_.calls().empty()) return AnswerCall();
  for (const v1::StepState& step : saga.steps()) {
    const Node* node = FindNode(driver_.definition(), step.path());
    if (step.status() != v1::Step::RUNNING || node->kind != Node::Kind::kAwait) continue;
    return Take(core::Signal{
        .name = step.path(), .payload = world_.signal(*node, step.path()), .id = step.path()});
  }
  if (saga.due_us() == 0) return;
  driver_.MoveClock(FromMicros(saga.due_us()));
  Take(core::TimerFired{});
}

void Trial::AnswerCall() {
  const core::SendAttempt call = driver_.calls().front().call;
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
  ended.code = refused ? wanted : TakeCall(call, wanted);
  if (!refused && (struck || exhausted_ == name)) ended.code = absl::StatusCode::kUnavailable;
  if (ended.code == absl::StatusCode::kOk) ended.reply = world_.reply(call);
  Take(std::move(ended));
}

}  // namespace skald::internal
