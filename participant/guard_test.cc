#include "participant/guard.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "base/rejection.h"

namespace skald::participant {
namespace {

using Kind = GuardEntry::Kind;

GuardedCall Call(Kind kind, int64_t epoch = 0) {
  GuardedCall call;
  call.info.idempotency_key = "own";
  if (kind == Kind::kCompensation) call.info.compensates = "action";
  call.info.epoch = epoch;
  call.request_digest = "digest";
  return call;
}

GuardEntry Entry(Kind kind, absl::StatusCode code = absl::StatusCode::kOk,
                 const std::string& digest = "digest") {
  GuardEntry entry;
  entry.kind = kind;
  entry.code = code;
  entry.request_digest = digest;
  return entry;
}

Verdict DecideWith(Kind kind, std::optional<GuardEntry> own,
                   std::optional<GuardEntry> action = {}) {
  return Decide(Call(kind), {.own = std::move(own), .action = std::move(action)}, Fencing::kOff);
}

TEST(GuardDecisionTest, ANewActionRuns) {
  EXPECT_EQ(DecideWith(Kind::kAction, {}), Verdict::kRunChange);
}

TEST(GuardDecisionTest, ACompensationRunsOnlyIfItsActionSucceeded) {
  const auto no = absl::StatusCode::kNotFound;
  EXPECT_EQ(DecideWith(Kind::kCompensation, {}, Entry(Kind::kAction)), Verdict::kRunChange);
  EXPECT_EQ(DecideWith(Kind::kCompensation, {}), Verdict::kNothingToCompensate);
  EXPECT_EQ(DecideWith(Kind::kCompensation, {}, Entry(Kind::kAction, no)),
            Verdict::kNothingToCompensate);
}

TEST(GuardDecisionTest, AKnownKeyRepeatsItsFirstAnswerWhateverItWas) {
  const auto no = absl::StatusCode::kNotFound;
  EXPECT_EQ(DecideWith(Kind::kAction, Entry(Kind::kAction)), Verdict::kRepeatFirstAnswer);
  EXPECT_EQ(DecideWith(Kind::kAction, Entry(Kind::kAction, no)), Verdict::kRepeatFirstAnswer);
  EXPECT_EQ(DecideWith(Kind::kAction, Entry(Kind::kBlockedAction, no, "")),
            Verdict::kRepeatFirstAnswer);
  EXPECT_EQ(DecideWith(Kind::kCompensation, Entry(Kind::kCompensation), Entry(Kind::kAction)),
            Verdict::kRepeatFirstAnswer);
}

TEST(GuardDecisionTest, APendingKeyRunsAgain) {
  EXPECT_EQ(DecideWith(Kind::kAction, Entry(Kind::kPendingAction)), Verdict::kRunChange);
  EXPECT_EQ(DecideWith(Kind::kCompensation, Entry(Kind::kPendingCompensation),
                       Entry(Kind::kBlockedAction, absl::StatusCode::kFailedPrecondition)),
            Verdict::kRunChange);
}

TEST(GuardDecisionTest, APendingKeyOfAnotherRequestOrKindIsRefused) {
  const auto ok = absl::StatusCode::kOk;
  EXPECT_EQ(DecideWith(Kind::kAction, Entry(Kind::kPendingAction, ok, "other")),
            Verdict::kRefuseOtherRequest);
  EXPECT_EQ(DecideWith(Kind::kAction, Entry(Kind::kPendingCompensation)),
            Verdict::kRefuseOtherRequest);
  EXPECT_EQ(DecideWith(Kind::kCompensation, Entry(Kind::kPendingAction)),
            Verdict::kRefuseOtherRequest);
}

TEST(GuardDecisionTest, ACompensationOfAPendingActionRuns) {
  EXPECT_EQ(DecideWith(Kind::kCompensation, {}, Entry(Kind::kPendingAction)), Verdict::kRunChange);
}

TEST(GuardDecisionTest, ACompensationOfAStepWithoutAnActionRunsOnce) {
  GuardedCall call = Call(Kind::kAction);
  call.info.idempotency_key = "order-1/record/compensation";
  EXPECT_EQ(Decide(call, {}, Fencing::kOff), Verdict::kRunChange);
  EXPECT_EQ(Decide(call, {.own = Entry(Kind::kCompensation), .action = {}}, Fencing::kOff),
            Verdict::kRepeatFirstAnswer);
}

TEST(CallInfoTest, IsACompensationIfItSaysWhatItUndoesOrItsKeySaysSo) {
  CallInfo info;
  info.idempotency_key = "order-1/compensation/action";
  EXPECT_FALSE(info.IsCompensation());
  info.compensates = "order-1/pay/action";
  EXPECT_TRUE(info.IsCompensation());
  info.compensates.clear();
  info.idempotency_key = "order-1/pay/compensation";
  EXPECT_TRUE(info.IsCompensation());
}

TEST(GuardDecisionTest, AKnownKeyOfAnotherRequestOrKindIsRefused) {
  const auto ok = absl::StatusCode::kOk;
  EXPECT_EQ(DecideWith(Kind::kAction, Entry(Kind::kAction, ok, "other")),
            Verdict::kRefuseOtherRequest);
  EXPECT_EQ(DecideWith(Kind::kCompensation, Entry(Kind::kAction)), Verdict::kRefuseOtherRequest);
  EXPECT_EQ(DecideWith(Kind::kAction, Entry(Kind::kCompensation)), Verdict::kRefuseOtherRequest);
}

TEST(GuardDecisionTest, AnOldEpochIsRefusedOnlyWhereFencingIsOn) {
  const GuardFindings findings{.own = {}, .action = {}, .highest_epoch = 3};
  EXPECT_EQ(Decide(Call(Kind::kAction, 2), findings, Fencing::kOn), Verdict::kRefuseStaleEpoch);
  EXPECT_EQ(Decide(Call(Kind::kAction, 3), findings, Fencing::kOn), Verdict::kRunChange);
  EXPECT_EQ(Decide(Call(Kind::kAction, 2), findings, Fencing::kOff), Verdict::kRunChange);
}

TEST(GuardDecisionTest, RejectionsAreTheEightCodesOfTheContract) {
  int rejections = 0;
  for (int code = 0; code <= 16; ++code) {
    if (IsRejection(static_cast<absl::StatusCode>(code))) ++rejections;
  }
  EXPECT_EQ(rejections, 8);
  EXPECT_FALSE(IsRejection(absl::StatusCode::kOk));
  EXPECT_FALSE(IsRejection(absl::StatusCode::kAborted));
  EXPECT_FALSE(IsRejection(absl::StatusCode::kDeadlineExceeded));
}

}  // namespace
}  // namespace skald::participant
