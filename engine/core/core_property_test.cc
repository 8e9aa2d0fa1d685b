// Random definitions, random participants, random interruptions: whatever happens, every saga must
// end as the contract says and the participants' books must agree with how it ended.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/core/machine.h"
#include "engine/core/transcript.h"

namespace skald::core {
namespace {

using Random = std::mt19937_64;

bool Chance(Random& random, double p) { return std::uniform_real_distribution<>(0, 1)(random) < p; }
int Pick(Random& random, int n) { return std::uniform_int_distribution<>(0, n - 1)(random); }

Call MakeCall(const std::string& name) {
  return {.participant = name,
          .method = "/test/" + name,
          .make_request = [](const Scope&) -> absl::StatusOr<std::string> { return ""; },
          .keep_response = [](const Scope& scope, std::string_view) -> absl::StatusOr<std::string> {
            return std::string(scope.state);
          }};
}

// A random tree of steps and choices with at most `budget` nodes.
class Maker {
 public:
  explicit Maker(Random& random) : random_(random), budget_(2 + Pick(random, 11)) {}

  Definition Make() {
    Definition definition{.name = "random", .version = 1};
    pivot_at_ = Chance(random_, 0.6) ? Pick(random_, 6) : -1;
    Fill(definition.root, 0);
    bool past_pivot = false;
    for (Node& node : definition.root.children) Finish(node, "", past_pivot);
    return definition;
  }

 private:
  void Fill(Node& sequence, int depth) {
    const int length = 1 + Pick(random_, depth == 0 ? 6 : 2);
    for (int i = 0; i < length && budget_ > 0; ++i) {
      --budget_;
      Node node{.name = "n" + std::to_string(++names_)};
      if (depth < 2 && Chance(random_, 0.25)) {
        node.kind = Node::Kind::kChoose;
        for (int arm = 0; arm < 2; ++arm) {
          Node inner{.name = "arm" + std::to_string(arm)};
          const bool holds = Chance(random_, 0.5);
          inner.guard = [holds](const Scope&) -> absl::StatusOr<bool> { return holds; };
          Fill(inner, depth + 1);
          node.children.push_back(std::move(inner));
        }
      } else {
        node.kind = Node::Kind::kStep;
        node.pivot = depth == 0 && i == pivot_at_;
      }
      sequence.children.push_back(std::move(node));
    }
  }

  void Finish(Node& node, const std::string& prefix, bool& past_pivot) {
    node.path = prefix.empty() ? node.name : prefix + "/" + node.name;
    past_pivot |= node.pivot;
    if (node.kind == Node::Kind::kStep) {
      node.retriable = past_pivot;
      node.action = MakeCall(node.name);
      node.action_retry.attempts = past_pivot ? RetryPolicy::kUnlimited : 1 + Pick(random_, 4);
      node.compensation_retry.attempts = 1 + Pick(random_, 4);
      if (!past_pivot && Chance(random_, 0.9)) node.compensation = MakeCall(node.name);
    }
    for (Node& child : node.children) Finish(child, node.path, past_pivot);
  }

  Random& random_;
  int budget_;
  int names_ = 0;
  int pivot_at_ = -1;
};

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
    if (action) {
      reply = wanted;
      if (wanted == absl::StatusCode::kOk) order_.push_back(call.step);
    } else {
      reply = absl::StatusCode::kOk;
      if (book.action == absl::StatusCode::kOk) {
        // I5: of the effects that are left and can be undone, the newest is undone first.
        auto newest = order_.end();
        do {
          --newest;
        } while (!FindNode(definition_, *newest)->compensation);
        EXPECT_EQ(*newest, call.step) << "compensated out of order";
        order_.erase(newest);
      }
    }
    return *reply;
  }
  // Steps whose effect stands, in the order in which it came.
  const std::vector<std::string>& Standing() const { return order_; }

 private:
  struct Book {
    std::optional<absl::StatusCode> action;
    std::optional<absl::StatusCode> compensation;
  };
  const Definition& definition_;
  std::map<std::string, Book> books_;
  std::vector<std::string> order_;
};

class World {
 public:
  explicit World(uint64_t seed)
      : random_(seed), definition_(Maker(random_).Make()), participants_(definition_) {}

  void Run() {
    SCOPED_TRACE(story_);
    Take(Start{.saga_id = "s", .input_digest = "d"});
    for (int i = 0; i < 2'000 && IsOpen(); ++i) {
      Disturb(/*faults=*/i < 60);
      Act(/*faults=*/i < 60);
    }
    ASSERT_FALSE(IsOpen()) << story_;
    CheckBooks();
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
    const bool sends = std::any_of(
        transition.effects.begin(), transition.effects.end(),
        [](const Effect& effect) { return std::holds_alternative<SendAttempt>(effect); });
    ASSERT_FALSE(hold_ && sends) << story_;
    ASSERT_EQ(transition.record.revision(), record_.revision() + 1);
    record_ = std::move(transition.record);
    for (Effect& effect : transition.effects) {
      if (auto* send = std::get_if<SendAttempt>(&effect)) calls_.push_back(std::move(*send));
    }
  }

  // What may happen at any time.
  void Disturb(bool faults) {
    if (record_.status() == v1::Saga::DEAD_LETTERED) {
      return Take(Order{.verb = Order::Verb::kRetry, .actor = "test"});
    }
    if (record_.paused() && (!faults || Chance(random_, 0.5))) {
      return Take(Order{.verb = Order::Verb::kResume, .actor = "test"});
    }
    if (!faults) return;
    if (Chance(random_, 0.02)) Take(Order{.verb = Order::Verb::kCancel, .actor = "test"});
    if (Chance(random_, 0.03)) Take(Order{.verb = Order::Verb::kPause, .actor = "test"});
    if (Chance(random_, 0.05)) {
      // A graceful stop takes in what comes back and starts nothing.
      if (Chance(random_, 0.5)) {
        hold_ = true;
        Act(faults);
        hold_ = false;
      }
      // A crash: replies under way are lost, requests under way may still arrive.
      for (const SendAttempt& call : calls_) {
        if (Chance(random_, 0.5)) participants_.Take(call, Wanted(call, faults));
      }
      calls_.clear();
      ++epoch_;
      Take(Recovered{});
    }
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
    const SendAttempt call = calls_.front();
    calls_.pop_front();
    now_ += absl::Milliseconds(Pick(random_, 50));
    AttemptEnded ended{.step = call.step, .phase = call.phase, .attempt = call.attempt};
    const bool lost = faults && Chance(random_, 0.3);
    if (!lost || Chance(random_, 0.5)) ended.code = participants_.Take(call, Wanted(call, faults));
    if (lost) ended.code = absl::StatusCode::kUnavailable;
    Take(ended);
    if (Chance(random_, 0.1)) Take(ended);  // a reply that comes twice
  }

  void CheckBooks() const {
    if (record_.status() == v1::Saga::COMPENSATED) {
      for (const std::string& step : participants_.Standing()) {
        EXPECT_FALSE(FindNode(definition_, step)->compensation) << step << " stands\n" << story_;
      }
      return;
    }
    std::vector<std::string> done;
    for (const v1::StepState& step : record_.steps()) {
      const Node* node = FindNode(definition_, step.path());
      if (node->kind == Node::Kind::kStep) done.push_back(step.path());
    }
    EXPECT_EQ(participants_.Standing(), done) << story_;
  }

  Random random_;
  Definition definition_;
  Participants participants_;
  v1::SagaRecord record_;
  std::deque<SendAttempt> calls_;
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  int64_t epoch_ = 1;
  bool hold_ = false;
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
}  // namespace skald::core
