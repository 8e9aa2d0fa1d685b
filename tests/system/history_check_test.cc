#include "tests/system/history_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skald::system_test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using v1::HistoryEntry;

// A history of two steps, "a" and "b", that each test writes and breaks.
class HistoryCheckTest : public testing::Test {
 protected:
  HistoryEntry& Add(HistoryEntry::Kind kind) {
    HistoryEntry& entry = history_.emplace_back();
    entry.set_number(static_cast<int64_t>(history_.size()));
    entry.set_epoch(1);
    entry.set_kind(kind);
    return entry;
  }
  void Send(const std::string& step, v1::Phase phase, int attempt) {
    HistoryEntry& entry = Add(HistoryEntry::ATTEMPT_SENT);
    entry.set_step(step);
    entry.set_phase(phase);
    entry.set_attempt(attempt);
  }
  void End(const std::string& step, v1::Phase phase, int attempt, HistoryEntry::Outcome outcome) {
    HistoryEntry& entry = Add(HistoryEntry::ATTEMPT_ENDED);
    entry.set_step(step);
    entry.set_phase(phase);
    entry.set_attempt(attempt);
    entry.set_outcome(outcome);
  }
  void Do(const std::string& step, HistoryEntry::Outcome outcome) {
    Send(step, v1::ACTION, 1);
    End(step, v1::ACTION, 1, outcome);
  }
  void Undo(const std::string& step) {
    Send(step, v1::COMPENSATION, 1);
    End(step, v1::COMPENSATION, 1, HistoryEntry::OUTCOME_SUCCEEDED);
  }
  void Count(const std::string& step, int actions, int compensations) {
    v1::Step& counted = *saga_.add_steps();
    counted.set_path(step);
    counted.set_action_attempts(actions);
    counted.set_compensation_attempts(compensations);
  }
  void Completes() {
    Add(HistoryEntry::STARTED);
    Do("a", HistoryEntry::OUTCOME_SUCCEEDED);
    Do("b", HistoryEntry::OUTCOME_SUCCEEDED);
    Add(HistoryEntry::COMPLETED);
    Count("a", 1, 0);
    Count("b", 1, 0);
    saga_.set_status(v1::Saga::COMPLETED);
  }
  // Begins a saga that is to end compensated.
  void TurnsBack(HistoryEntry::Outcome second) {
    saga_.set_status(v1::Saga::COMPENSATED);
    Add(HistoryEntry::STARTED);
    Do("a", HistoryEntry::OUTCOME_SUCCEEDED);
    Do("b", second);
    Add(HistoryEntry::COMPENSATION_STARTED);
  }
  std::vector<std::string> Violations() {
    saga_.set_id("s");
    saga_.set_epoch(1);
    return HistoryViolations(saga_, history_);
  }
  void ExpectViolation(const std::string& text) {
    EXPECT_THAT(Violations(), Contains(HasSubstr(text)));
  }

  v1::Saga saga_;
  std::vector<HistoryEntry> history_;
};

TEST_F(HistoryCheckTest, AcceptsASagaThatCompletes) {
  Completes();
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(HistoryCheckTest, AcceptsASagaThatCompensatesInReverse) {
  TurnsBack(HistoryEntry::OUTCOME_UNCERTAIN);
  Undo("b");
  Undo("a");
  Add(HistoryEntry::COMPENSATED);
  EXPECT_THAT(Violations(), IsEmpty());
}

TEST_F(HistoryCheckTest, SeesAGap) {
  Completes();
  history_.erase(history_.begin() + 2);
  ExpectViolation("entry 3 has number 4");
}

TEST_F(HistoryCheckTest, SeesAnEpochThatFalls) {
  Completes();
  history_[1].set_epoch(7);
  ExpectViolation("epoch 1 after epoch 7");
}

TEST_F(HistoryCheckTest, SeesAStepThatDidNotWaitForTheOneBefore) {
  Add(HistoryEntry::STARTED);
  Do("a", HistoryEntry::OUTCOME_UNCERTAIN);
  Send("b", v1::ACTION, 1);
  ExpectViolation("action of b sent before the success of a");
}

TEST_F(HistoryCheckTest, SeesAnActionAfterACompensation) {
  TurnsBack(HistoryEntry::OUTCOME_REJECTED);
  Send("c", v1::ACTION, 1);
  ExpectViolation("action of c sent after a compensation");
}

TEST_F(HistoryCheckTest, SeesCompensationsInTheWrongOrder) {
  TurnsBack(HistoryEntry::OUTCOME_UNCERTAIN);
  Undo("a");
  ExpectViolation("compensation of a sent before that of b");
}

TEST_F(HistoryCheckTest, SeesTheCompensationOfARefusedStep) {
  TurnsBack(HistoryEntry::OUTCOME_REJECTED);
  Undo("b");
  ExpectViolation("compensation of b, which was refused");
}

TEST_F(HistoryCheckTest, SeesACallAfterASuccess) {
  Add(HistoryEntry::STARTED);
  Do("a", HistoryEntry::OUTCOME_SUCCEEDED);
  Send("a", v1::ACTION, 2);
  ExpectViolation("action of a sent after its success");
}

TEST_F(HistoryCheckTest, SeesTwoCallsAtOnce) {
  Add(HistoryEntry::STARTED);
  Send("a", v1::ACTION, 1);
  Send("a", v1::ACTION, 2);
  ExpectViolation("a is sent anew while a call is under way");
}

TEST_F(HistoryCheckTest, SeesACallAfterTheEnd) {
  Completes();
  Send("c", v1::ACTION, 1);
  ExpectViolation("a call of c sent after the end");
}

TEST_F(HistoryCheckTest, SeesAnEndThatTheSagaDoesNotHave) {
  Completes();
  saga_.set_status(v1::Saga::COMPENSATED);
  ExpectViolation("the history says COMPLETED, the saga COMPENSATED");
}

TEST_F(HistoryCheckTest, SeesAMissingEnd) {
  Completes();
  history_.pop_back();
  ExpectViolation("the history tells 0 ends");
}

TEST_F(HistoryCheckTest, SeesAttemptsThatTheSagaDoesNotCount) {
  Completes();
  saga_.mutable_steps(0)->set_action_attempts(2);
  ExpectViolation("a counts 2 + 0 attempts, the history 1 + 0");
}

}  // namespace
}  // namespace skald::system_test
