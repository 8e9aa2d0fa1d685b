#include "engine/server/translate.h"

#include <gmock/gmock.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include "engine/runtime/engine_harness.h"
#include "engine/server/definition_info.h"

namespace skald::server {
namespace {

google::protobuf::StringValue Text(const std::string& text) {
  google::protobuf::StringValue value;
  value.set_value(text);
  return value;
}

v1::SagaRecord Parked() {
  v1::SagaRecord record;
  record.set_id("s");
  record.set_definition("trip");
  record.set_definition_version(1);
  record.set_status(v1::Saga::DEAD_LETTERED);
  record.set_dead_letters(2);
  record.set_created_us(1'500'000);
  record.set_state(Text("paris").SerializeAsString());
  v1::StepState& step = *record.add_steps();
  step.set_path("a");
  step.set_status(v1::Step::COMPENSATING);
  step.mutable_action()->set_total(1);
  step.mutable_compensation()->set_total(3);
  step.mutable_compensation()->set_last_code(14);
  step.mutable_compensation()->set_next_us(2'000'000);
  step.set_stuck(true);
  return record;
}

Registry& Trips() {
  static Registry& registry = *[] {
    auto* made = new Registry;
    EXPECT_TRUE(made->Add(runtime::Steps("trip", 1, {"a", "b"})).ok());
    return made;
  }();
  return registry;
}

TEST(TranslateTest, AParkedSagaNamesItsOpenDeadLetter) {
  EXPECT_EQ(ToSaga(Parked(), Trips(), Detail::kRow).dead_letter_id(), "s/2");
}

TEST(TranslateTest, AWholeSagaShowsStepsAndState) {
  const v1::Saga saga = ToSaga(Parked(), Trips(), Detail::kWhole);
  EXPECT_EQ(saga.create_time().seconds(), 1);
  EXPECT_EQ(saga.create_time().nanos(), 500'000'000);
  EXPECT_FALSE(saga.has_finish_time());
  EXPECT_EQ(saga.state_json(), "\"paris\"");
  EXPECT_EQ(saga.state().type_url(), "type.googleapis.com/google.protobuf.StringValue");
  ASSERT_EQ(saga.steps_size(), 1);
  EXPECT_EQ(saga.steps(0).compensation_attempts(), 3);
  EXPECT_EQ(saga.steps(0).last_code(), 14);
  EXPECT_EQ(saga.steps(0).next_attempt_time().seconds(), 2);
}

TEST(TranslateTest, ARowLeavesStepsAndStateOut) {
  const v1::Saga saga = ToSaga(Parked(), Trips(), Detail::kRow);
  EXPECT_EQ(saga.steps_size(), 0);
  EXPECT_FALSE(saga.has_state());
  EXPECT_EQ(saga.state_json(), "");
}

TEST(TranslateTest, AStateThatCannotBeShownIsLeftOut) {
  EXPECT_EQ(StateAsJson("google.protobuf.StringValue", "\xff\xff\xff"), "");
  EXPECT_EQ(StateAsJson("no.such.Type", ""), "");
  v1::SagaRecord record = Parked();
  record.set_definition_version(9);
  EXPECT_FALSE(ToSaga(record, Trips(), Detail::kWhole).has_state());
}

// a; a for-each; an await that ends by itself; a child.
Definition Kinds() {
  Definition definition = runtime::Steps("kinds", 1, {"a"});
  Node loop{.kind = Node::Kind::kForEach, .name = "lines"};
  Node await{.kind = Node::Kind::kAwait, .name = "approval"};
  await.await = AwaitPart{.message_type = "google.protobuf.StringValue",
                          .within = absl::Hours(1),
                          .otherwise = kContinue};
  Node child{.kind = Node::Kind::kChild, .name = "ship"};
  child.child = ChildPart{
      .definition = "ship_order", .version = 2, .state_type = "google.protobuf.StringValue"};
  definition.root.children.insert(definition.root.children.end(), {loop, await, child});
  return definition;
}

v1::SagaRecord Waiting() {
  v1::SagaRecord record;
  record.set_id("s");
  record.set_definition("kinds");
  record.set_definition_version(1);
  record.set_status(v1::Saga::RUNNING);
  record.set_start_us(3'000'000);
  record.set_exclusive_key("order-42");
  record.set_tier(2);
  v1::StepState& pending = *record.add_steps();
  pending.set_path("a");
  pending.set_status(v1::Step::RUNNING);
  pending.mutable_action()->set_total(1);
  pending.mutable_action()->set_pending(true);
  pending.mutable_action()->set_pending_until_us(9'000'000);
  v1::StepState& loop = *record.add_steps();
  loop.set_path("lines");
  loop.set_count(40);
  v1::StepState& wait = *record.add_steps();
  wait.set_path("approval");
  wait.set_status(v1::Step::RUNNING);
  wait.set_wake_us(8'000'000);
  v1::StepState& child = *record.add_steps();
  child.set_path("ship");
  child.set_state(Text("rome").SerializeAsString());
  v1::StoredSignal& kept = *record.add_signals();
  kept.set_id("x");
  kept.set_name("approval");
  v1::StoredSignal& taken = *record.add_signals();
  taken.set_id("y");
  taken.set_taken_by("approval");
  return record;
}

TEST(TranslateTest, EachKindOfNodeSaysWhatItWaitsForAndHowFarItIs) {
  const Definition kinds = Kinds();
  const v1::Saga saga = ToSaga(Waiting(), &kinds, Detail::kWhole);
  ASSERT_EQ(saga.steps_size(), 4);
  EXPECT_EQ(saga.steps(0).kind(), v1::Step::STEP);
  EXPECT_EQ(saga.steps(0).pending_until().seconds(), 9);
  EXPECT_EQ(saga.steps(1).kind(), v1::Step::FOR_EACH);
  EXPECT_EQ(saga.steps(1).count(), 40);
  EXPECT_EQ(saga.steps(2).kind(), v1::Step::AWAIT);
  EXPECT_EQ(saga.steps(2).wake_time().seconds(), 8);
  EXPECT_EQ(saga.steps(2).otherwise(), v1::Step::CONTINUE);
  EXPECT_EQ(saga.steps(3).child_definition(), "ship_order@2");
  EXPECT_EQ(saga.steps(3).child_state_json(), "\"rome\"");
}

TEST(TranslateTest, ASagaTellsItsStartKeyTierAndKeptSignals) {
  const Definition kinds = Kinds();
  const v1::Saga saga = ToSaga(Waiting(), &kinds, Detail::kWhole);
  EXPECT_EQ(saga.start_time().seconds(), 3);
  EXPECT_EQ(saga.exclusive_key(), "order-42");
  EXPECT_EQ(saga.tier(), 2);
  ASSERT_EQ(saga.kept_signals_size(), 1);
  EXPECT_EQ(saga.kept_signals(0).id(), "x");
}

TEST(TranslateTest, WithoutItsDefinitionASagaShowsWhatItsRowsGiveAway) {
  const v1::Saga saga = ToSaga(Waiting(), nullptr, Detail::kWhole);
  EXPECT_EQ(saga.steps(0).kind(), v1::Step::STEP);
  EXPECT_EQ(saga.steps(1).kind(), v1::Step::FOR_EACH);
  EXPECT_EQ(saga.steps(2).kind(), v1::Step::KIND_UNSPECIFIED);
  EXPECT_EQ(saga.steps(2).wake_time().seconds(), 8);
  EXPECT_EQ(saga.steps(3).kind(), v1::Step::CHILD);
  EXPECT_EQ(saga.steps(3).child_state_json(), "");
}

TEST(TranslateTest, ADeadLettersIdIsTheSagasAndItsNumber) {
  EXPECT_EQ(ParseDeadLetterId(DeadLetterId("s", 3)), std::pair(std::string("s"), 3));
  EXPECT_EQ(ParseDeadLetterId("s"), std::pair(std::string("s"), 0));
  for (const char* wrong : {"", "/1", "s/", "s/0", "s/-1", "s/1x", "s/1/2", "s/99999999999"}) {
    EXPECT_EQ(ParseDeadLetterId(wrong), std::nullopt) << wrong;
  }
}

TEST(TranslateTest, AClosedDeadLetterTellsTheVerbWithoutItsRoom) {
  v1::DeadLetterRecord record;
  record.set_saga_id("s");
  record.set_number(1);
  record.set_closed_by("dead-letter.skip");
  EXPECT_EQ(ToDeadLetter(record).closed_by(), "skip");
}

TEST(TranslateTest, ADefinitionComesWithPictureAndStateType) {
  const v1::DefinitionInfo info = ToDefinitionInfo(*Trips().Find("trip", 1), Detail::kWhole);
  EXPECT_NE(info.mermaid(), "");
  ASSERT_EQ(info.state_descriptors().file_size(), 1);
  EXPECT_EQ(info.state_descriptors().file(0).name(), "google/protobuf/wrappers.proto");
  EXPECT_THAT(info.participants(), testing::ElementsAre("test"));
}

}  // namespace
}  // namespace skald::server
