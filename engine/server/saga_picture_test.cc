#include "engine/server/saga_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "base/clock.h"
#include "sagas/picture_testing.h"

namespace skald::server {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using Wait = NodeMark::Wait;

v1::SagaRecord Record(v1::Saga::Status status) {
  v1::SagaRecord record;
  record.set_id("shop-1");
  record.set_status(status);
  return record;
}

v1::StepState& Add(v1::SagaRecord& record, const std::string& path, v1::Step::Status status) {
  v1::StepState& step = *record.add_steps();
  step.set_path(path);
  step.set_status(status);
  return step;
}

void TurnBack(v1::SagaRecord& record) {
  record.mutable_cause()->set_kind(v1::Cause::CANCELLED);
  record.mutable_cause()->set_message("not any more");
}

NodeMark Only(const v1::SagaRecord& record) {
  const SagaMarks marks = MarksOf(record, picture::Mixed());
  EXPECT_EQ(marks.nodes.size(), 1U);
  return marks.nodes.empty() ? NodeMark() : marks.nodes.front();
}

TEST(SagaPictureTest, TheSagaIsMarkedWithItsStatusAndWhyItTurnedBack) {
  v1::SagaRecord record = Record(v1::Saga::COMPENSATING);
  record.set_paused(true);
  TurnBack(record);
  record.mutable_cause()->set_step("sign");
  const SagaMarks marks = MarksOf(record, picture::Mixed());
  EXPECT_EQ(marks.id, "shop-1");
  EXPECT_EQ(marks.status, SagaMarks::Status::kCompensating);
  EXPECT_TRUE(marks.paused);
  EXPECT_EQ(marks.cause, "cancelled");
  EXPECT_EQ(marks.cause_step, "sign");
  EXPECT_EQ(marks.cause_words, "not any more");
}

TEST(SagaPictureTest, AStepBetweenTwoAttemptsWaitsForTheNextOne) {
  v1::SagaRecord record = Record(v1::Saga::RUNNING);
  v1::StepState& step = Add(record, "preparations/hire", v1::Step::RUNNING);
  step.mutable_action()->set_total(3);
  step.mutable_action()->set_next_us(5'000'000);
  step.mutable_action()->set_last_code(14);
  step.mutable_action()->set_last_message("busy");
  const NodeMark mark = Only(record);
  EXPECT_EQ(mark.wait, Wait::kRetry);
  EXPECT_EQ(mark.until, FromMicros(5'000'000));
  EXPECT_EQ(mark.attempts, 3);
  EXPECT_EQ(mark.words, "busy");
}

TEST(SagaPictureTest, APendingStepWaitsForItsParticipantRatherThanForTheNextQuestion) {
  v1::SagaRecord record = Record(v1::Saga::RUNNING);
  v1::StepState& step = Add(record, "preparations/hire", v1::Step::RUNNING);
  step.mutable_action()->set_pending(true);
  step.mutable_action()->set_pending_until_us(7'000'000);
  step.mutable_action()->set_next_us(5'000'000);
  const NodeMark mark = Only(record);
  EXPECT_EQ(mark.wait, Wait::kPending);
  EXPECT_EQ(mark.until, FromMicros(7'000'000));
}

TEST(SagaPictureTest, AnAwaitWithoutAnEndWaitsForEver) {
  v1::SagaRecord record = Record(v1::Saga::RUNNING);
  Add(record, "approval", v1::Step::RUNNING);
  const NodeMark mark = Only(record);
  EXPECT_EQ(mark.wait, Wait::kTime);
  EXPECT_EQ(mark.until, absl::InfiniteFuture());
}

TEST(SagaPictureTest, AStuckCompensationIsMarkedWithWhatStopsIt) {
  v1::SagaRecord record = Record(v1::Saga::DEAD_LETTERED);
  TurnBack(record);
  v1::StepState& step = Add(record, "preparations/hire", v1::Step::COMPENSATING);
  step.set_stuck(true);
  step.mutable_stuck_cause()->set_message("no such person");
  step.mutable_compensation()->set_total(20);
  const NodeMark mark = Only(record);
  EXPECT_TRUE(mark.stuck);
  EXPECT_EQ(mark.wait, Wait::kNone);
  EXPECT_EQ(mark.compensation_attempts, 20);
  EXPECT_EQ(mark.words, "no such person");
}

TEST(SagaPictureTest, ALoopOfASagaThatTurnedBackIsBeingCompensatedUntilItIsCompensated) {
  for (const auto& [stored, shown] :
       {std::pair(v1::Step::RUNNING, NodeMark::Status::kCompensating),
        std::pair(v1::Step::SUCCEEDED, NodeMark::Status::kSucceeded),
        std::pair(v1::Step::COMPENSATED, NodeMark::Status::kCompensated)}) {
    v1::SagaRecord record = Record(v1::Saga::COMPENSATING);
    TurnBack(record);
    Add(record, "preparations/goods/orders", stored);
    EXPECT_EQ(Only(record).status, shown) << v1::Step::Status_Name(stored);
  }
  v1::SagaRecord record = Record(v1::Saga::COMPENSATING);
  TurnBack(record);
  Add(record, "preparations/goods/orders", v1::Step::SUCCEEDED).set_retreat(3);
  EXPECT_EQ(Only(record).status, NodeMark::Status::kCompensating);
}

TEST(SagaPictureTest, ACompensationDoneByHandIsToldFromAnActionDoneByHand) {
  for (const v1::Phase phase : {v1::ACTION, v1::COMPENSATION}) {
    v1::SagaRecord record = Record(v1::Saga::COMPENSATING);
    Add(record, "preparations/hire", v1::Step::SKIPPED).set_skipped(phase);
    EXPECT_EQ(Only(record).compensation_skipped, phase == v1::COMPENSATION);
  }
}

TEST(SagaPictureTest, NodesThatTheDefinitionDoesNotHaveAreLeftOut) {
  v1::SagaRecord record = Record(v1::Saga::RUNNING);
  Add(record, "somewhere/else", v1::Step::RUNNING);
  EXPECT_THAT(MarksOf(record, picture::Mixed()).nodes, IsEmpty());
}

TEST(SagaPictureTest, WhatIsStoredOfLoopsAndDecisionsComesIntoThePicture) {
  v1::SagaRecord record = Record(v1::Saga::RUNNING);
  Add(record, "preparations/goods/orders", v1::Step::RUNNING).set_count(40);
  Add(record, "preparations/goods/orders/17/order_line", v1::Step::SUCCEEDED);
  Add(record, "size", v1::Step::SUCCEEDED).set_arm("large");
  v1::StepState& rent = Add(record, "rent", v1::Step::RUNNING);
  rent.set_round(3);
  rent.set_rounds_allowed(36);
  const std::string picture = ToMermaid(picture::Mixed(), MarksOf(record, picture::Mixed()));
  EXPECT_THAT(picture, HasSubstr("✓ 1 of 40 done"));
  EXPECT_THAT(picture, HasSubstr("large: taken"));
  EXPECT_THAT(picture, HasSubstr("round 3 of 36"));
}

}  // namespace
}  // namespace skald::server
