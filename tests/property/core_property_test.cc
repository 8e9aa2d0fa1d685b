// Random definitions of every kind, random participants, random interruptions: whatever happens,
// every saga must end as the contract says (I3), in the order it says (I4, I5, I6), try as often as
// it says (I9), keep its history (I11), and the participants' books must agree with how it ended.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/core/lifecycle.h"
#include "engine/core/machine.h"
#include "engine/core/replay.h"
#include "engine/core/transcript.h"
#include "tests/property/precedence.h"
#include "tests/property/random_definition.h"

namespace skald::property {
namespace {

using namespace core;  // What is judged here.

using Random = std::mt19937_64;

bool Chance(Random& random, double p) { return std::uniform_real_distribution<>(0, 1)(random) < p; }
int Pick(Random& random, int n) { return std::uniform_int_distribution<>(0, n - 1)(random); }

// A guarded participant for all steps: one effect per key, early and late calls settled.
class Participants {
 public:
  explicit Participants(const Definition& definition) : definition_(definition) {}

  absl::StatusCode Take(const SendAttempt& call, absl::StatusCode wanted) {
    Book& book = books_[call.step];
    const bool action = call.phase == v1::ACTION;
    auto& reply = action ? book.action : book.compensation;
    if (reply.has_value()) return *reply;
    if (action && book.compensation.has_value()) return absl::StatusCode::kFailedPrecondition;
    reply = action ? wanted : absl::StatusCode::kOk;
    if (action && wanted == absl::StatusCode::kOk) standing_.push_back(call.step);
    if (!action && book.action == absl::StatusCode::kOk) Undo(call.step);
    return *reply;
  }
  // Steps whose effect stands, in the order in which it came.
  const std::vector<std::string>& Standing() const { return standing_; }

 private:
  struct Book {
    std::optional<absl::StatusCode> action;
    std::optional<absl::StatusCode> compensation;
  };

  // I5: what came after it, and can be undone, has been undone.
  void Undo(const std::string& step) {
    std::erase(standing_, step);
    for (const std::string& other : standing_) {
      if (!FindNode(definition_, other)->compensation) continue;
      EXPECT_FALSE(ComesBefore(definition_, step, other))
          << "I5: " << step << " was undone before " << other;
    }
  }

  const Definition& definition_;
  std::map<std::string, Book> books_;
  std::vector<std::string> standing_;
};

// I11: the saga as its history alone tells it.
class Fold {
 public:
  void Take(const v1::HistoryEntry& entry) {
    EXPECT_EQ(entry.number(), ++length_) << "I11";
    using Entry = v1::HistoryEntry;
    switch (entry.kind()) {
      case Entry::STARTED: status_ = v1::Saga::RUNNING; break;
      case Entry::COMPENSATION_STARTED:
        forward_ = false;
        status_ = v1::Saga::COMPENSATING;
        break;
      case Entry::PARKED: status_ = v1::Saga::DEAD_LETTERED; break;
      case Entry::COMPLETED: status_ = v1::Saga::COMPLETED; break;
      case Entry::COMPENSATED: status_ = v1::Saga::COMPENSATED; break;
      case Entry::ORDERED:
        if (status_ == v1::Saga::DEAD_LETTERED) {
          status_ = forward_ ? v1::Saga::RUNNING : v1::Saga::COMPENSATING;
        }
        if (entry.verb() == "pause") paused_ = true;
        if (entry.verb() == "resume") paused_ = false;
        break;
      case Entry::ATTEMPT_SENT: sent_[{entry.step(), entry.phase()}] = entry.attempt(); break;
      case Entry::ATTEMPT_ENDED: ended_[{entry.step(), entry.phase()}] = entry.outcome(); break;
      default: break;
    }
    if (entry.kind() == Entry::PARKED) paused_ = false;
  }

  void ExpectAgreesWith(const v1::SagaRecord& record) {
    EXPECT_EQ(length_, record.history_length());
    EXPECT_EQ(status_, record.status());
    EXPECT_EQ(paused_, record.paused());
    for (const v1::StepState& step : record.steps()) {
      EXPECT_EQ((sent_[{step.path(), v1::ACTION}]), step.action().total()) << step.path();
      EXPECT_EQ((sent_[{step.path(), v1::COMPENSATION}]), step.compensation().total());
      if (step.status() == v1::Step::COMPENSATED && step.compensation().total() > 0) {
        EXPECT_EQ((ended_[{step.path(), v1::COMPENSATION}]), v1::HistoryEntry::OUTCOME_SUCCEEDED);
      }
    }
  }

 private:
  using Call = std::pair<std::string, v1::Phase>;
  int64_t length_ = 0;
  bool forward_ = true;
  bool paused_ = false;
  v1::Saga::Status status_ = v1::Saga::STATUS_UNSPECIFIED;
  std::map<Call, int> sent_;
  std::map<Call, v1::HistoryEntry::Outcome> ended_;
};

class World {
 public:
  explicit World(uint64_t seed)
      : random_(seed), definition_(RandomDefinition(random_)), participants_(definition_) {}

  void Run() {
    Take(Start{.saga_id = "s", .input_digest = "d"});
    for (int i = 0; i < 5'000 && IsOpen() && !testing::Test::HasFailure(); ++i) {
      Disturb(/*faults=*/i < 60);
      Act(/*faults=*/i < 60);
    }
    ASSERT_FALSE(IsOpen()) << story_;
    CheckBooks();
    CheckReplay();
    ASSERT_FALSE(testing::Test::HasFailure()) << story_;
  }

 private:
  bool IsOpen() const {
    return record_.status() != v1::Saga::COMPLETED && record_.status() != v1::Saga::COMPENSATED;
  }

  void Take(decltype(Event::what) what) {
    const Event event{now_, epoch_, std::move(what), hold_};
    Transition transition = Step(definition_, record_, event);
    story_ += Transcript(event, transition) + "\n";
    if (!transition.changed) return;
    for (const Effect& effect : transition.effects) {
      if (const auto* send = std::get_if<SendAttempt>(&effect)) CheckSend(*send, transition);
    }
    for (const v1::HistoryEntry& entry : transition.history) fold_.Take(entry);
    history_.insert(history_.end(), transition.history.begin(), transition.history.end());
    ASSERT_EQ(transition.record.revision(), record_.revision() + 1);
    record_ = std::move(transition.record);
    fold_.ExpectAgreesWith(record_);
    for (Effect& effect : transition.effects) {
      if (auto* send = std::get_if<SendAttempt>(&effect)) calls_.push_back(std::move(*send));
    }
  }

  void CheckSend(const SendAttempt& send, const Transition& transition) {
    EXPECT_FALSE(hold_) << "sent while the node stops: " << send.step;
    const Node& node = *FindNode(definition_, send.step);
    const bool action = send.phase == v1::ACTION;
    compensating_ |= !action;
    EXPECT_FALSE(action && compensating_) << "I6: " << send.step;
    for (const v1::StepState& other : transition.record.steps()) {
      const bool is_call = FindNode(definition_, other.path())->action.has_value();
      const bool done =
          other.status() == v1::Step::SUCCEEDED || other.status() == v1::Step::SKIPPED;
      if (action && is_call && ComesBefore(definition_, other.path(), send.step)) {
        EXPECT_TRUE(done) << "I4: " << send.step << " is sent before " << other.path()
                          << " is done";
      }
      if (other.path() != send.step) continue;
      // I9: not more often than declared, and not before its time.
      const auto& attempts = action ? other.action() : other.compensation();
      const RetryPolicy& policy = action ? node.action_retry : node.compensation_retry;
      if (policy.attempts != RetryPolicy::kUnlimited) {
        EXPECT_LE(attempts.round(), policy.attempts) << "I9: " << send.step;
      }
    }
    for (const v1::StepState& before : record_.steps()) {
      if (before.path() != send.step) continue;
      const int64_t next = (action ? before.action() : before.compensation()).next_us();
      EXPECT_LE(next, ToMicros(now_)) << "I9: " << send.step << " is sent too early";
    }
  }

  // What may happen at any time.
  void Disturb(bool faults) {
    if (record_.status() == v1::Saga::DEAD_LETTERED) return Repair();
    if (record_.paused() && (!faults || Chance(random_, 0.5))) {
      return Take(Order{.verb = Order::Verb::kResume, .actor = "test"});
    }
    if (!faults || Chance(random_, 0.2)) Signal();
    if (!faults) return;
    if (Chance(random_, 0.02)) Take(Order{.verb = Order::Verb::kCancel, .actor = "test"});
    if (Chance(random_, 0.03)) Take(Order{.verb = Order::Verb::kPause, .actor = "test"});
    if (Chance(random_, 0.05)) Crash(faults);
  }

  // Calls are tried again. A loop that is never done, or a wait that nobody ends, is done by hand.
  void Repair() {
    Order order{.verb = Order::Verb::kRetry, .actor = "test"};
    const bool by_hand = std::none_of(
        record_.steps().begin(), record_.steps().end(), [&](const v1::StepState& step) {
          return step.stuck() && FindNode(definition_, step.path())->kind == Node::Kind::kStep;
        });
    if (by_hand && Chance(random_, 0.5)) {
      order.verb = Order::Verb::kSkip;
      order.reason = "seen with my own eyes";
    }
    Take(order);
  }

  void Crash(bool faults) {
    // A graceful stop takes in what comes back and starts nothing.
    if (Chance(random_, 0.5)) {
      hold_ = true;
      Act(faults);
      hold_ = false;
    }
    // Replies under way are lost, requests under way may still arrive.
    for (const SendAttempt& call : calls_) {
      if (Chance(random_, 0.5)) participants_.Take(call, Wanted(call, faults));
    }
    calls_.clear();
    ++epoch_;
    Take(Recovered{});
  }

  // To whoever awaits one, or to somebody who does not yet.
  void Signal() {
    std::vector<std::string> names;
    ForEachNode(definition_.root, [&](const Node& node) {
      if (node.kind == Node::Kind::kAwait) names.push_back(node.name);
    });
    if (names.empty() || record_.signals_size() > 200) return;
    const std::string& name =
        names[static_cast<size_t>(Pick(random_, static_cast<int>(names.size())))];
    Take(core::Signal{.name = name, .id = "x" + std::to_string(++signals_)});
  }

  absl::StatusCode Wanted(const SendAttempt& call, bool faults) {
    const Node* node = FindNode(definition_, call.step);
    const bool may_reject = faults && !(node->retriable && !node->pivot);
    return may_reject && Chance(random_, 0.15) ? absl::StatusCode::kFailedPrecondition
                                               : absl::StatusCode::kOk;
  }

  void Act(bool faults) {
    if (calls_.empty()) {
      if (!hold_ && record_.due_us() != 0) {
        now_ = std::max(now_, FromMicros(record_.due_us()));
        Take(TimerFired{});
      }
      return;
    }
    // Any of the calls under way may be answered next.
    const auto next = calls_.begin() + Pick(random_, static_cast<int>(calls_.size()));
    const SendAttempt call = *next;
    calls_.erase(next);
    now_ += absl::Milliseconds(Pick(random_, 50));
    AttemptEnded ended{.step = call.step, .phase = call.phase, .attempt = call.attempt};
    if (faults && Chance(random_, 0.1)) {
      // Accepted; what comes of it is told later, if at all.
      ended.pending = true;
      if (Chance(random_, 0.7)) ended.poll_after = absl::Minutes(1 + Pick(random_, 100));
      if (Chance(random_, 0.7)) participants_.Take(call, Wanted(call, faults));
      return Take(ended);
    }
    const bool lost = faults && Chance(random_, 0.3);
    if (!lost || Chance(random_, 0.5)) ended.code = participants_.Take(call, Wanted(call, faults));
    if (!lost && Chance(random_, 0.1)) {
      Take(Completion{.step = call.step, .phase = call.phase, .code = ended.code});
    }
    if (lost) ended.code = absl::StatusCode::kUnavailable;
    Take(ended);
    if (Chance(random_, 0.1)) Take(ended);  // a reply that comes twice
  }

  void CheckBooks() const {
    if (record_.status() == v1::Saga::COMPENSATED) {
      for (const std::string& step : participants_.Standing()) {
        EXPECT_FALSE(FindNode(definition_, step)->compensation) << "I3: " << step << " stands";
      }
      return;
    }
    std::vector<std::string> done;
    for (const v1::StepState& step : record_.steps()) {
      if (FindNode(definition_, step.path())->action) done.push_back(step.path());
    }
    std::vector<std::string> standing = participants_.Standing();
    std::sort(done.begin(), done.end());
    std::sort(standing.begin(), standing.end());
    EXPECT_EQ(standing, done) << "I3";
  }

  // Whoever runs the definition over the history goes the same way.
  void CheckReplay() const {
    const ReplayResult result = Replay(definition_, record_, history_);
    EXPECT_EQ(result.kind, ReplayResult::Kind::kSame)
        << "entry " << result.entry << ": " << result.history << " | " << result.definition;
  }

  Random random_;
  Definition definition_;
  Participants participants_;
  Fold fold_;
  std::vector<v1::HistoryEntry> history_;
  v1::SagaRecord record_;
  std::deque<SendAttempt> calls_;
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  int64_t epoch_ = 1;
  int signals_ = 0;
  bool hold_ = false;
  bool compensating_ = false;
  std::string story_;
};

TEST(CorePropertyTest, RandomSagasEndWellAndTheBooksAgree) {
  for (uint64_t seed = 1; seed <= 20'000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World(seed).Run();
    if (testing::Test::HasFailure()) break;
  }
}

}  // namespace
}  // namespace skald::property
