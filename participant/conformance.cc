#include "participant/conformance.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/rejection.h"
#include "base/status.h"
#include "base/thread.h"

namespace skald::participant {
namespace {

using testing::HasSubstr;
using Effect = GuardHarness::Effect;

constexpr const char* kSaga = "order-1";

GuardHarness::Business Business(const std::string& name, const Answer& answer) {
  return [name, answer](const Effect& effect) {
    effect(name);
    return answer;
  };
}

absl::StatusOr<std::string> Ended(const Answer& answer) {
  if (answer.Succeeded()) return answer.reply();
  if (answer.pending().has_value()) return absl::CancelledError("pending");
  return answer.status();
}

std::string Words(const Answer& answer) {
  if (answer.pending().has_value()) return "pending";
  return answer.Succeeded() ? answer.reply() : std::string(CodeName(answer.status().code()));
}

}  // namespace

GuardedCall GuardTest::Action(const std::string& step, const std::string& digest) {
  GuardedCall call;
  call.info.saga_id = kSaga;
  call.info.idempotency_key = fmt::format("{}/{}/action", kSaga, step);
  call.request_digest = digest;
  return call;
}

GuardedCall GuardTest::Compensation(const std::string& step) {
  GuardedCall call = Action(step);
  call.info.compensates = call.info.idempotency_key;
  call.info.idempotency_key = fmt::format("{}/{}/compensation", kSaga, step);
  return call;
}

GuardedCall GuardTest::WithEpoch(GuardedCall call, int64_t epoch) {
  call.info.epoch = epoch;
  return call;
}

absl::StatusOr<std::string> GuardTest::Do(const GuardedCall& call, const std::string& name,
                                          const std::string& reply) {
  return Ended(harness_->Run(call, Business(name, reply)));
}

absl::StatusOr<std::string> GuardTest::Fail(const GuardedCall& call, const std::string& name,
                                            absl::Status status) {
  return Ended(harness_->Run(call, Business(name, std::move(status))));
}

std::string GuardTest::Call(const GuardedCall& call, const std::string& name,
                            const Answer& answer) {
  return Words(harness_->Run(call, Business(name, answer)));
}

std::string GuardTest::Finish(const GuardedCall& call, const std::string& name,
                              const Answer& answer) {
  return Words(harness_->Finish(call.info.idempotency_key, Business(name, answer)));
}

TEST_P(GuardTest, RunsAnActionAndReturnsItsReply) {
  EXPECT_EQ(Do(Action(), "a", "reply").value(), "reply");
  EXPECT_EQ(harness_->Effects("a"), 1);
}

TEST_P(GuardTest, KeepsRepliesWithAnyBytes) {
  const std::string bytes("\0\xff'\\x00\n", 8);
  EXPECT_EQ(Do(Action(), "a", bytes).value(), bytes);
  EXPECT_EQ(Do(Action(), "a", "other").value(), bytes);
}

TEST_P(GuardTest, RepeatsTheFirstReplyAfterARestart) {
  EXPECT_EQ(Do(Action(), "a", "first").value(), "first");
  Reopen(Fencing::kOff);
  EXPECT_EQ(Do(Action(), "a", "second").value(), "first");
  EXPECT_EQ(harness_->Effects("a"), 1);
}

TEST_P(GuardTest, HasOneEffectPerKeyHoweverManyDeliveriesComeAtOnce) {
  constexpr int kKeys = 6;
  constexpr int kDeliveries = 8;
  std::vector<absl::StatusOr<std::string>> replies(kKeys * kDeliveries);
  {
    std::vector<Thread> threads;
    for (int i = 0; i < kKeys * kDeliveries; ++i) {
      threads.emplace_back("delivery", [&, i] {
        const std::string step = fmt::format("step{}", i % kKeys);
        replies[i] = Do(Action(step), step, fmt::format("delivery {}", i));
      });
    }
  }
  for (int key = 0; key < kKeys; ++key) {
    EXPECT_EQ(harness_->Effects(fmt::format("step{}", key)), 1);
    for (int i = key; i < kKeys * kDeliveries; i += kKeys) {
      EXPECT_EQ(replies[i].value(), replies[key].value());
    }
  }
}

TEST_P(GuardTest, CompensatesASucceededActionOnce) {
  ASSERT_TRUE(Do(Action(), "a").ok());
  EXPECT_EQ(Do(Compensation(), "c", "undone").value(), "undone");
  EXPECT_EQ(Do(Compensation(), "c", "again").value(), "undone");
  EXPECT_EQ(harness_->Effects("c"), 1);
}

TEST_P(GuardTest, RecordsAnEarlyCompensationAsANoOp) {
  EXPECT_EQ(Do(Compensation(), "c").value(), "");
  Reopen(Fencing::kOff);
  EXPECT_EQ(Do(Compensation(), "c").value(), "");
  EXPECT_EQ(harness_->Effects("c"), 0);
}

TEST_P(GuardTest, RefusesAnActionThatComesAfterItsCompensation) {
  ASSERT_TRUE(Do(Compensation(), "c").ok());
  Reopen(Fencing::kOff);
  for (int delivery = 0; delivery < 2; ++delivery) {
    const absl::Status late = Do(Action(), "a").status();
    EXPECT_EQ(late.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(Message(late)), HasSubstr("was compensated before it arrived"));
  }
  EXPECT_EQ(harness_->Effects("a"), 0);
}

TEST_P(GuardTest, RepeatsTheFirstReplyToAnActionThatWasCompensatedAfterItSucceeded) {
  ASSERT_TRUE(Do(Action(), "a", "first").ok());
  ASSERT_TRUE(Do(Compensation(), "c").ok());
  EXPECT_EQ(Do(Action(), "a", "second").value(), "first");
  EXPECT_EQ(harness_->Effects("a"), 1);
}

TEST_P(GuardTest, SettlesAnActionAndItsCompensationThatRaceToEqualCounts) {
  constexpr int kPairs = 12;
  {
    std::vector<Thread> threads;
    for (int i = 0; i < 2 * kPairs; ++i) {
      threads.emplace_back("race", [this, i] {
        const std::string step = fmt::format("step{}", i / 2);
        const GuardedCall call = i % 2 == 0 ? Action(step) : Compensation(step);
        Do(call, (i % 2 == 0 ? "a" : "c") + step).status().IgnoreError();
      });
    }
  }
  for (int pair = 0; pair < kPairs; ++pair) {
    EXPECT_EQ(harness_->Effects(fmt::format("astep{}", pair)),
              harness_->Effects(fmt::format("cstep{}", pair)));
  }
}

TEST_P(GuardTest, KeepsARejectionButNotItsChange) {
  const absl::Status no = NotFound("no such account: 'alice'");
  EXPECT_EQ(Fail(Action(), "a", no).status(), no);
  Reopen(Fencing::kOff);
  EXPECT_EQ(Do(Action(), "a").status(), no);
  EXPECT_EQ(harness_->Effects("a"), 0);
}

TEST_P(GuardTest, HasNothingToCompensateForARejectedAction) {
  ASSERT_FALSE(Fail(Action(), "a", FailedPrecondition("sold out")).ok());
  EXPECT_EQ(Do(Compensation(), "c").value(), "");
  EXPECT_EQ(harness_->Effects("c"), 0);
}

TEST_P(GuardTest, ForgetsAFailureSoThatItMayBeTriedAgain) {
  EXPECT_EQ(Fail(Action(), "a", Unavailable("later")).status(), Unavailable("later"));
  EXPECT_EQ(harness_->Effects("a"), 0);
  EXPECT_EQ(Do(Action(), "a", "now").value(), "now");
  EXPECT_EQ(harness_->Effects("a"), 1);
}

TEST_P(GuardTest, BlocksAnActionThatFailedBeforeItsCompensationCame) {
  ASSERT_FALSE(Fail(Action(), "a", Unavailable("later")).ok());
  ASSERT_TRUE(Do(Compensation(), "c").ok());
  EXPECT_EQ(Do(Action(), "a").status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(harness_->Effects("a") + harness_->Effects("c"), 0);
}

TEST_P(GuardTest, LetsARejectedCompensationBeTriedAgain) {
  ASSERT_TRUE(Do(Action(), "a").ok());
  const absl::Status no = FailedPrecondition("the parcel is on its way");
  EXPECT_EQ(Fail(Compensation(), "c", no).status(), no);
  EXPECT_EQ(harness_->Effects("c"), 0);
  EXPECT_TRUE(Do(Compensation(), "c").ok());
  EXPECT_EQ(harness_->Effects("c"), 1);
}

TEST_P(GuardTest, UndoesABusinessFunctionThatThrows) {
  const absl::Status thrown = harness_
                                  ->Run(Action(),
                                        [](const Effect& effect) -> absl::StatusOr<std::string> {
                                          effect("a");
                                          throw std::runtime_error("out of ideas");
                                        })
                                  .status();
  EXPECT_EQ(thrown.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(Message(thrown)), HasSubstr("out of ideas"));
  EXPECT_EQ(harness_->Effects("a"), 0);
  EXPECT_TRUE(Do(Action(), "a").ok());
}

TEST_P(GuardTest, LeavesNoTraceOfACrashBeforeTheCommit) {
  const GuardedCall call = Action();
  // The child process must not inherit a connection.
  harness_->Close();
  EXPECT_EXIT(
      {
        Reopen(Fencing::kOff);
        harness_
            ->Run(call,
                  [](const Effect& effect) -> absl::StatusOr<std::string> {
                    effect("a");
                    _exit(7);
                  })
            .status()
            .IgnoreError();
      },
      testing::ExitedWithCode(7), "");
  Reopen(Fencing::kOff);
  EXPECT_EQ(harness_->Effects("a"), 0);
  EXPECT_EQ(Do(call, "a", "after").value(), "after");
  EXPECT_EQ(harness_->Effects("a"), 1);
}

TEST_P(GuardTest, RefusesAKnownKeyWithAnotherRequestAsUncertain) {
  ASSERT_TRUE(Do(Action("reserve", "two lamps"), "a").ok());
  const absl::Status other = Do(Action("reserve", "three lamps"), "a").status();
  EXPECT_EQ(other.code(), absl::StatusCode::kAborted);
  EXPECT_FALSE(IsRejection(other.code()));
  EXPECT_EQ(harness_->Effects("a"), 1);
}

TEST_P(GuardTest, RefusesACompensationUnderTheKeyOfAnAction) {
  ASSERT_TRUE(Do(Action(), "a").ok());
  GuardedCall confused = Compensation("other");
  confused.info.idempotency_key = Action().info.idempotency_key;
  EXPECT_EQ(Do(confused, "c").status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(harness_->Effects("c"), 0);
}

TEST_P(GuardTest, TakesALowerEpochUnlessFencingIsOn) {
  ASSERT_TRUE(Do(WithEpoch(Action("one"), 5), "a").ok());
  EXPECT_TRUE(Do(WithEpoch(Action("two"), 4), "a").ok());
}

TEST_P(GuardTest, RefusesALowerEpochThanSeenWhereFencingIsOn) {
  Reopen(Fencing::kOn);
  ASSERT_TRUE(Do(WithEpoch(Action("one"), 5), "a").ok());
  EXPECT_EQ(Do(WithEpoch(Action("two"), 4), "b").status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(harness_->Effects("b"), 0);
  EXPECT_TRUE(Do(WithEpoch(Action("two"), 5), "b").ok());
}

TEST_P(GuardTest, LearnsOfANewEpochFromARepeatToo) {
  Reopen(Fencing::kOn);
  ASSERT_TRUE(Do(WithEpoch(Action("one"), 5), "a", "first").ok());
  EXPECT_EQ(Do(WithEpoch(Action("one"), 6), "a").value(), "first");
  EXPECT_EQ(Do(WithEpoch(Action("two"), 5), "b").status().code(), absl::StatusCode::kAborted);
}

TEST_P(GuardTest, ForgetsKeysByAgeInPortions) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Do(Action(fmt::format("old{}", i)), "a").ok());
  clock_.Advance(absl::Hours(2));
  ASSERT_TRUE(Do(Action("young"), "a").ok());
  EXPECT_EQ(harness_->Forget(absl::Hours(1), 3).value(), 3);
  EXPECT_EQ(harness_->Forget(absl::Hours(1), 3).value(), 2);
  EXPECT_EQ(harness_->Forget(absl::Hours(1), 3).value(), 0);
  EXPECT_EQ(Do(Action("young"), "a", "again").value(), "done");
  EXPECT_EQ(Do(Action("old0"), "a", "again").value(), "again");
}

TEST_P(GuardTest, ForgetsTheKeysOfOneSagaWhenTold) {
  GuardedCall other = Action();
  other.info.saga_id = "order-2";
  other.info.idempotency_key = "order-2/reserve/action";
  ASSERT_TRUE(Do(Action(), "a").ok());
  ASSERT_TRUE(Do(Compensation(), "c").ok());
  ASSERT_TRUE(Do(other, "a").ok());
  EXPECT_EQ(harness_->ForgetSaga(kSaga).value(), 2);
  EXPECT_EQ(Do(other, "a", "again").value(), "done");
  EXPECT_EQ(Do(Action(), "a", "again").value(), "again");
}

}  // namespace skald::participant
