#include "engine/server/translate.h"

#include <gmock/gmock.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include "engine/runtime/engine_harness.h"

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
