// The calls that take longer: pending first, and their end later.
#include <unistd.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "base/thread.h"
#include "participant/conformance.h"

namespace skald::participant {
namespace {

using Effect = GuardHarness::Effect;

const char* const kNo = "FAILED_PRECONDITION";

Answer Done(const std::string& reply = "done") { return reply; }
Answer Later() { return Pending{.poll_after = absl::Seconds(5)}; }
Answer No() { return FailedPrecondition("no"); }
Answer Away() { return Unavailable("later"); }

// "order-1/<step>/compensation" of a step that has no action.
GuardedCall Lone() {
  GuardedCall call;
  call.info.saga_id = "order-1";
  call.info.idempotency_key = "order-1/record/compensation";
  call.request_digest = "request";
  return call;
}

TEST_P(GuardTest, RunsAPendingCallAgainUntilItEnds) {
  EXPECT_EQ(Call(Action(), "begun", Later()), "pending");
  Reopen(Fencing::kOff);
  EXPECT_EQ(Call(Action(), "begun", Later()), "pending");
  EXPECT_EQ(harness_->Effects("begun"), 2);
  EXPECT_EQ(Call(Action(), "end", Done()), "done");
  EXPECT_EQ(Call(Action(), "end", Done("again")), "done");
  EXPECT_EQ(harness_->Effects("end"), 1);
}

TEST_P(GuardTest, SaysWhenToAskAgain) {
  const Answer answer = harness_->Run(Action(), [](const Effect&) { return Later(); });
  ASSERT_TRUE(answer.pending().has_value());
  EXPECT_EQ(answer.pending()->poll_after, absl::Seconds(5));
}

TEST_P(GuardTest, KeepsTheNoThatAPendingCallEndsWith) {
  ASSERT_EQ(Call(Action(), "begun", Later()), "pending");
  EXPECT_EQ(Call(Action(), "end", No()), kNo);
  EXPECT_EQ(Call(Action(), "end", Done()), kNo);
  EXPECT_EQ(Finish(Action(), "end", Done()), kNo);
  EXPECT_EQ(harness_->Effects("begun"), 1);
  EXPECT_EQ(harness_->Effects("end"), 0);
  EXPECT_EQ(Call(Compensation(), "undone", Done()), "");
}

TEST_P(GuardTest, KeepsACallPendingWhenAskingAgainFails) {
  ASSERT_EQ(Call(Action(), "begun", Later()), "pending");
  EXPECT_EQ(Call(Action(), "end", Away()), "UNAVAILABLE");
  EXPECT_EQ(harness_->Effects("end"), 0);
  EXPECT_EQ(Call(Action(), "end", Done()), "done");
}

TEST_P(GuardTest, RefusesAPendingKeyWithAnotherRequestAsUncertain) {
  ASSERT_EQ(Call(Action("reserve", "two lamps"), "begun", Later()), "pending");
  EXPECT_EQ(Call(Action("reserve", "three lamps"), "begun", Later()), "ABORTED");
  EXPECT_EQ(harness_->Effects("begun"), 1);
}

TEST_P(GuardTest, FinishesAPendingCallOnce) {
  ASSERT_EQ(Call(Action(), "begun", Later()), "pending");
  EXPECT_EQ(Finish(Action(), "end", Done()), "done");
  Reopen(Fencing::kOff);
  EXPECT_EQ(Finish(Action(), "end", Done("again")), "done");
  EXPECT_EQ(Call(Action(), "end", Done("again")), "done");
  EXPECT_EQ(harness_->Effects("end"), 1);
}

TEST_P(GuardTest, FinishesAPendingCallWithANoForGood) {
  ASSERT_EQ(Call(Action(), "begun", Later()), "pending");
  EXPECT_EQ(Finish(Action(), "end", No()), kNo);
  EXPECT_EQ(Call(Action(), "end", Done()), kNo);
  EXPECT_EQ(harness_->Effects("end"), 0);
}

TEST_P(GuardTest, FinishKeepsProgressThatIsNotTheEnd) {
  ASSERT_EQ(Call(Action(), "begun", Later()), "pending");
  EXPECT_EQ(Finish(Action(), "half", Later()), "pending");
  EXPECT_EQ(harness_->Effects("half"), 1);
  EXPECT_EQ(Finish(Action(), "end", Done()), "done");
}

TEST_P(GuardTest, FinishKeepsNothingOfAFailure) {
  ASSERT_EQ(Call(Action(), "begun", Later()), "pending");
  EXPECT_EQ(Finish(Action(), "end", Away()), "UNAVAILABLE");
  EXPECT_EQ(harness_->Effects("end"), 0);
  EXPECT_EQ(Finish(Action(), "end", Done()), "done");
}

TEST_P(GuardTest, FinishesNoKeyThatItHasNeverSeen) {
  EXPECT_EQ(Finish(Action(), "end", Done()), "NOT_FOUND");
  EXPECT_EQ(harness_->Effects("end"), 0);
  EXPECT_EQ(Call(Action(), "begun", Done()), "done");
}

TEST_P(GuardTest, FinishRepeatsTheReplyOfACallThatWasNeverPending) {
  ASSERT_EQ(Call(Action(), "end", Done()), "done");
  EXPECT_EQ(Finish(Action(), "end", Done("again")), "done");
  EXPECT_EQ(harness_->Effects("end"), 1);
}

TEST_P(GuardTest, CompensatesAPendingActionAndBlocksIt) {
  ASSERT_EQ(Call(Action(), "begun", Later()), "pending");
  EXPECT_EQ(Call(Compensation(), "undone", Done()), "done");
  Reopen(Fencing::kOff);
  EXPECT_EQ(Finish(Action(), "end", Done()), kNo);
  EXPECT_EQ(Call(Action(), "end", Done()), kNo);
  EXPECT_EQ(Call(Compensation(), "undone", Done("again")), "done");
  EXPECT_EQ(harness_->Effects("end"), 0);
  EXPECT_EQ(harness_->Effects("undone"), 1);
}

TEST_P(GuardTest, CompensatesAnActionThatWasFinishedLater) {
  ASSERT_EQ(Call(Action(), "begun", Later()), "pending");
  ASSERT_EQ(Finish(Action(), "end", Done()), "done");
  EXPECT_EQ(Call(Compensation(), "undone", Done("undone")), "undone");
  EXPECT_EQ(Finish(Action(), "end", Done("again")), "done");
  EXPECT_EQ(harness_->Effects("undone"), 1);
}

TEST_P(GuardTest, LetsAPendingActionGoOnWhenItsCompensationWasRefused) {
  ASSERT_EQ(Call(Action(), "begun", Later()), "pending");
  EXPECT_EQ(Call(Compensation(), "undone", No()), kNo);
  EXPECT_EQ(Finish(Action(), "end", Done()), "done");
  EXPECT_EQ(Call(Compensation(), "undone", Done()), "done");
}

TEST_P(GuardTest, BlocksAPendingActionAtOnceWhenItsCompensationIsPendingToo) {
  ASSERT_EQ(Call(Action(), "begun", Later()), "pending");
  EXPECT_EQ(Call(Compensation(), "undoing", Later()), "pending");
  EXPECT_EQ(Finish(Action(), "end", Done()), kNo);
  EXPECT_EQ(Call(Compensation(), "undoing", Away()), "UNAVAILABLE");
  EXPECT_EQ(Finish(Compensation(), "undone", No()), kNo);
  EXPECT_EQ(Finish(Compensation(), "undone", Done()), "done");
  EXPECT_EQ(Call(Compensation(), "undone", Done("again")), "done");
  EXPECT_EQ(harness_->Effects("undone"), 1);
}

TEST_P(GuardTest, SettlesFinishAndCompensationThatRaceOneWayOrTheOther) {
  constexpr int kPairs = 12;
  std::vector<std::string> ends(kPairs);
  for (int i = 0; i < kPairs; ++i) {
    ASSERT_EQ(Call(Action(fmt::format("step{}", i)), "begun", Later()), "pending");
  }
  {
    std::vector<Thread> threads;
    for (int i = 0; i < 2 * kPairs; ++i) {
      threads.emplace_back("race", [this, i, &ends] {
        const std::string step = fmt::format("step{}", i / 2);
        if (i % 2 == 0) {
          ends[i / 2] = Finish(Action(step), "end" + step, Done());
        } else {
          EXPECT_EQ(Call(Compensation(step), "undone" + step, Done()), "done");
        }
      });
    }
  }
  for (int i = 0; i < kPairs; ++i) {
    const std::string step = fmt::format("step{}", i);
    EXPECT_EQ(harness_->Effects("undone" + step), 1);
    EXPECT_EQ(harness_->Effects("end" + step), ends[i] == "done" ? 1 : 0) << ends[i];
    EXPECT_EQ(Call(Action(step), "late", Done("late")), ends[i]);
  }
}

TEST_P(GuardTest, EndsAPendingCallOnceHoweverManyFinishItAndAskAgain) {
  constexpr int kDeliveries = 8;
  ASSERT_EQ(Call(Action(), "begun", Later()), "pending");
  std::vector<std::string> heard(kDeliveries);
  {
    std::vector<Thread> threads;
    for (int i = 0; i < kDeliveries; ++i) {
      threads.emplace_back("delivery", [this, i, &heard] {
        const Answer answer = Done(fmt::format("delivery {}", i));
        heard[i] = i % 2 == 0 ? Call(Action(), "end", answer) : Finish(Action(), "end", answer);
      });
    }
  }
  EXPECT_EQ(harness_->Effects("end"), 1);
  for (const std::string& words : heard) EXPECT_EQ(words, heard.front());
}

TEST_P(GuardTest, LeavesACallPendingWhenItsJobCrashesWhileItFinishes) {
  ASSERT_EQ(Call(Action(), "begun", Later()), "pending");
  // The child process must not inherit a connection.
  harness_->Close();
  EXPECT_EXIT(
      {
        Reopen(Fencing::kOff);
        harness_->Finish(Action().info.idempotency_key, [](const Effect& effect) -> Answer {
          effect("end");
          _exit(7);
        });
      },
      testing::ExitedWithCode(7), "");
  Reopen(Fencing::kOff);
  EXPECT_EQ(harness_->Effects("end"), 0);
  EXPECT_EQ(Finish(Action(), "end", Done()), "done");
}

TEST_P(GuardTest, LeavesAnActionPendingWhenItsCompensationCrashes) {
  ASSERT_EQ(Call(Action(), "begun", Later()), "pending");
  harness_->Close();
  EXPECT_EXIT(
      {
        Reopen(Fencing::kOff);
        harness_->Run(Compensation(), [](const Effect& effect) -> Answer {
          effect("undone");
          _exit(7);
        });
      },
      testing::ExitedWithCode(7), "");
  Reopen(Fencing::kOff);
  EXPECT_EQ(harness_->Effects("undone"), 0);
  EXPECT_EQ(Finish(Action(), "end", Done()), "done");
  EXPECT_EQ(Call(Compensation(), "undone", Done()), "done");
}

TEST_P(GuardTest, LearnsOfANewEpochFromARepeatOfAPendingCall) {
  Reopen(Fencing::kOn);
  ASSERT_EQ(Call(WithEpoch(Action("one"), 5), "begun", Later()), "pending");
  EXPECT_EQ(Call(WithEpoch(Action("one"), 4), "begun", Later()), "ABORTED");
  EXPECT_EQ(Call(WithEpoch(Action("one"), 6), "begun", Later()), "pending");
  EXPECT_EQ(Call(WithEpoch(Action("two"), 5), "begun", Later()), "ABORTED");
}

TEST_P(GuardTest, RunsTheCompensationOfAStepWithoutAnActionOnce) {
  EXPECT_EQ(Call(Lone(), "undone", Done()), "done");
  EXPECT_EQ(Call(Lone(), "undone", Done("again")), "done");
  EXPECT_EQ(harness_->Effects("undone"), 1);
}

TEST_P(GuardTest, TriesTheCompensationOfAStepWithoutAnActionAgainAfterANo) {
  EXPECT_EQ(Call(Lone(), "undone", No()), kNo);
  EXPECT_EQ(Call(Lone(), "undone", Done()), "done");
  EXPECT_EQ(harness_->Effects("undone"), 1);
}

}  // namespace
}  // namespace skald::participant
