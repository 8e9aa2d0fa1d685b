#include "engine/core/replay.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/core/machine.h"
#include "sagas/link.h"

namespace skald::core {
namespace {

Node StepNode(const std::string& name) {
  const Call call{
      .participant = name,
      .method = "/test/" + name,
      .make_request = [](const Scope&) -> absl::StatusOr<std::string> { return ""; },
      .keep_response = [](const Scope& scope, std::string_view) -> absl::StatusOr<std::string> {
        return std::string(scope.state);
      }};
  Node node{.kind = Node::Kind::kStep, .name = name};
  node.action = call;
  node.compensation = call;
  return node;
}

Definition Steps(const std::vector<std::string>& names) {
  Definition definition{.name = "trip", .version = 1};
  for (const std::string& name : names) definition.root.children.push_back(StepNode(name));
  Settle(definition);
  return definition;
}

// A saga that ran until all that it waited for was answered.
struct Past {
  v1::SagaRecord record;
  std::vector<v1::HistoryEntry> history;
};

Past RunOf(const Definition& definition) {
  Past past;
  std::vector<Event> events{
      {.at = absl::FromUnixSeconds(1), .epoch = 1, .what = Start{.saga_id = "s"}}};
  while (!events.empty()) {
    const Event event = std::move(events.back());
    events.pop_back();
    Transition transition = Step(definition, past.record, event);
    past.record = std::move(transition.record);
    past.history.insert(past.history.end(), transition.history.begin(), transition.history.end());
    for (const Effect& effect : transition.effects) {
      const auto* send = std::get_if<SendAttempt>(&effect);
      if (send == nullptr) continue;
      events.push_back({.at = event.at,
                        .epoch = 1,
                        .what = AttemptEnded{
                            .step = send->step, .phase = send->phase, .attempt = send->attempt}});
    }
  }
  return past;
}

ReplayResult Compare(const Definition& old_one, const Definition& new_one) {
  const Past past = RunOf(old_one);
  return Replay(new_one, past.record, past.history);
}

TEST(ReplayTest, TheSameDefinitionGoesTheSameWay) {
  EXPECT_EQ(Compare(Steps({"a", "b"}), Steps({"a", "b"})).kind, ReplayResult::Kind::kSame);
}

TEST(ReplayTest, StepsThatChangedPlacesAreFound) {
  const ReplayResult result = Compare(Steps({"a", "b", "c"}), Steps({"a", "c", "b"}));
  EXPECT_EQ(result.kind, ReplayResult::Kind::kDiffers);
  EXPECT_EQ(result.entry, 4);
  EXPECT_EQ(result.history, "b/action 1 sent");
  EXPECT_EQ(result.definition, "c/action 1 sent");
}

TEST(ReplayTest, AStepThatWasAddedAtTheEndIsFound) {
  const ReplayResult result = Compare(Steps({"a"}), Steps({"a", "b"}));
  EXPECT_EQ(result.kind, ReplayResult::Kind::kDiffers);
  EXPECT_EQ(result.history, "COMPLETED");
  EXPECT_EQ(result.definition, "b/action 1 sent");
}

TEST(ReplayTest, ANodeThatTheHistoryKnowsNothingOfIsNamed) {
  Definition with_choice = Steps({"a"});
  Node choose{.kind = Node::Kind::kChoose, .name = "way"};
  choose.children.push_back({.name = "express"});
  choose.children[0].guard = [](const Scope&) -> absl::StatusOr<bool> { return true; };
  with_choice.root.children.push_back(choose);
  Settle(with_choice);
  const ReplayResult result = Compare(Steps({"a"}), with_choice);
  EXPECT_EQ(result.kind, ReplayResult::Kind::kDiffers);
  EXPECT_EQ(result.definition, "reaches 'way'");
}

TEST(ReplayTest, ASagaUnderWayIsComparedAsFarAsItCame) {
  const Past past = RunOf(Steps({"a", "b"}));
  // Before b has ended.
  const std::vector<v1::HistoryEntry> begun(past.history.begin(), past.history.begin() + 4);
  EXPECT_EQ(Replay(Steps({"a", "b", "c"}), past.record, begun).kind, ReplayResult::Kind::kSame);
  EXPECT_EQ(Replay(Steps({"a", "c"}), past.record, begun).kind, ReplayResult::Kind::kDiffers);
}

TEST(ReplayTest, OtherDelaysAreNoOtherWay) {
  Definition hasty = Steps({"a"});
  hasty.root.children[0].action_retry.first = absl::Milliseconds(1);
  hasty.root.children[0].has_action_retry = true;
  EXPECT_EQ(Compare(Steps({"a"}), hasty).kind, ReplayResult::Kind::kSame);
}

TEST(ReplayTest, WhereAFunctionFailedNobodyCanSay) {
  Definition broken = Steps({"a", "b"});
  broken.root.children[1].action->make_request = [](const Scope&) -> absl::StatusOr<std::string> {
    return absl::InternalError("out of order");
  };
  const ReplayResult result = Compare(broken, Steps({"a", "b"}));
  EXPECT_EQ(result.kind, ReplayResult::Kind::kEndsEarly);
}

}  // namespace
}  // namespace skald::core
