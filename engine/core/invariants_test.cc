// The invariants are the last line of defence: each must be able to fail.
#include "engine/core/invariants.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace skald::core {
namespace {

Call AnyCall() {
  return {.make_request = [](const Scope&) -> absl::StatusOr<std::string> { return ""; },
          .keep_response = [](const Scope& scope, std::string_view) -> absl::StatusOr<std::string> {
            return std::string(scope.state);
          }};
}

Definition TwoSteps() {
  Definition definition{.name = "two", .version = 1};
  for (const char* name : {"a", "b"}) {
    Node node{.kind = Node::Kind::kStep, .name = name, .path = name};
    node.action = AnyCall();
    node.compensation = AnyCall();
    definition.root.children.push_back(std::move(node));
  }
  return definition;
}

v1::StepState& AddStep(v1::SagaRecord& saga, const char* path, v1::Step::Status status) {
  v1::StepState& step = *saga.add_steps();
  step.set_path(path);
  step.set_status(status);
  step.mutable_action()->set_total(1);
  step.mutable_action()->set_round(1);
  return step;
}

std::string Broken(const std::function<void(Transition&)>& make) {
  Transition transition;
  make(transition);
  return BrokenInvariant(TwoSteps(), transition);
}

TEST(InvariantsTest, ARunningSagaThatWaitsForAReplyIsWell) {
  EXPECT_EQ(Broken([](Transition& t) {
              t.record.set_status(v1::Saga::RUNNING);
              AddStep(t.record, "a", v1::Step::RUNNING).mutable_action()->set_in_flight(true);
            }),
            "");
}

TEST(InvariantsTest, CompletedWithAnOpenStepIsCaught) {
  EXPECT_EQ(Broken([](Transition& t) {
              t.record.set_status(v1::Saga::COMPLETED);
              AddStep(t.record, "a", v1::Step::RUNNING);
            }),
            "I3: COMPLETED, and a step is open");
}

TEST(InvariantsTest, CompensatedWithAStandingEffectIsCaught) {
  EXPECT_EQ(Broken([](Transition& t) {
              t.record.set_status(v1::Saga::COMPENSATED);
              t.record.mutable_cause();
              AddStep(t.record, "a", v1::Step::SUCCEEDED);
            }),
            "I3: COMPENSATED, and a step is not undone");
}

TEST(InvariantsTest, CompensatingOutOfOrderIsCaught) {
  EXPECT_EQ(Broken([](Transition& t) {
              t.record.set_status(v1::Saga::COMPENSATING);
              t.record.mutable_cause();
              AddStep(t.record, "a", v1::Step::COMPENSATING).mutable_compensation()->set_total(1);
              AddStep(t.record, "b", v1::Step::UNCERTAIN);
            }),
            "I5: 'a' is compensated before what came after it");
}

TEST(InvariantsTest, AnActionAfterACompensationIsCaught) {
  EXPECT_EQ(Broken([](Transition& t) {
              t.record.set_status(v1::Saga::COMPENSATING);
              t.record.mutable_cause();
              AddStep(t.record, "b", v1::Step::COMPENSATED).mutable_compensation()->set_total(1);
              t.effects.push_back(SendAttempt{.step = "a", .phase = v1::ACTION});
            }),
            "I6: the action of 'a' is sent after a compensation");
}

TEST(InvariantsTest, AParkedSagaWithoutAStuckStepIsCaught) {
  EXPECT_EQ(Broken([](Transition& t) { t.record.set_status(v1::Saga::DEAD_LETTERED); }),
            "I3: DEAD_LETTERED, and no step is stuck");
}

TEST(InvariantsTest, AGapInTheHistoryIsCaught) {
  EXPECT_EQ(Broken([](Transition& t) {
              t.record.set_status(v1::Saga::RUNNING);
              t.record.set_history_length(7);
              t.history.emplace_back().set_number(6);
            }),
            "I11: entry 7 is numbered wrongly");
}

TEST(InvariantsTest, ACallWhilePausedIsCaught) {
  EXPECT_EQ(Broken([](Transition& t) {
              t.record.set_status(v1::Saga::RUNNING);
              t.record.set_paused(true);
              t.effects.push_back(SendAttempt{.step = "a", .phase = v1::ACTION});
            }),
            "'a' is sent while paused");
}

TEST(InvariantsDeathTest, ABrokenInvariantStopsTheProcessAndPrintsTheTranscript) {
  Transition transition;
  transition.changed = true;
  transition.record.set_id("s-1");
  transition.record.set_status(v1::Saga::DEAD_LETTERED);
  const Event event{absl::UnixEpoch(), 1, TimerFired{}};
  EXPECT_DEATH(CheckInvariants(TwoSteps(), event, transition), "s-1 \\(two@1\\).*no step is stuck");
}

}  // namespace
}  // namespace skald::core
