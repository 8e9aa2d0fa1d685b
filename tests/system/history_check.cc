#include "tests/system/history_check.h"

#include <algorithm>

#include "base/status.h"

namespace skald::system_test {
namespace {

using v1::HistoryEntry;

// How the calls of one step went.
struct StepCalls {
  std::string step;
  int actions = 0;
  int compensations = 0;
  bool done = false;
  bool undone = false;
  bool refused = false;
  // An attempt was sent and has not ended.
  bool open = false;
};

class Checker {
 public:
  explicit Checker(const v1::Saga& saga) : saga_(saga) {}

  void Take(const HistoryEntry& entry);
  void CheckEnd();
  std::vector<std::string> violations() && { return std::move(violations_); }

 private:
  template <typename... Args>
  void Fail(fmt::format_string<Args...> format, Args&&... args) {
    violations_.push_back(
        fmt::format("{}: {}", saga_.id(), fmt::format(format, std::forward<Args>(args)...)));
  }
  StepCalls& CallsOf(const std::string& step);
  void TakeSent(const HistoryEntry& entry);
  void TakeEnded(const HistoryEntry& entry);
  void CheckActionMaySend(const StepCalls& calls);
  void CheckCompensationMaySend(const StepCalls& calls);

  const v1::Saga& saga_;
  std::vector<std::string> violations_;
  int64_t number_ = 0;
  int64_t epoch_ = 0;
  bool compensating_ = false;
  int ends_ = 0;
  // In the order in which their actions were first sent.
  std::vector<StepCalls> steps_;
};

StepCalls& Checker::CallsOf(const std::string& step) {
  for (StepCalls& calls : steps_) {
    if (calls.step == step) return calls;
  }
  steps_.push_back({.step = step});
  return steps_.back();
}

void Checker::Take(const HistoryEntry& entry) {
  ++number_;
  if (entry.number() != number_) Fail("entry {} has number {}", number_, entry.number());
  if (entry.epoch() < epoch_) {
    Fail("entry {} has epoch {} after epoch {}", number_, entry.epoch(), epoch_);
  }
  epoch_ = std::max(epoch_, entry.epoch());
  if ((entry.kind() == HistoryEntry::STARTED) != (number_ == 1)) {
    Fail("entry {} is {}", number_, HistoryEntry::Kind_Name(entry.kind()));
  }
  switch (entry.kind()) {
    case HistoryEntry::ATTEMPT_SENT: TakeSent(entry); break;
    case HistoryEntry::ATTEMPT_ENDED: TakeEnded(entry); break;
    case HistoryEntry::COMPENSATION_STARTED: compensating_ = true; break;
    case HistoryEntry::COMPLETED:
    case HistoryEntry::COMPENSATED: {
      ++ends_;
      const bool completed = entry.kind() == HistoryEntry::COMPLETED;
      if (completed != (saga_.status() == v1::Saga::COMPLETED)) {
        Fail("the history says {}, the saga {}", HistoryEntry::Kind_Name(entry.kind()),
             v1::Saga::Status_Name(saga_.status()));
      }
      break;
    }
    default: break;
  }
}

void Checker::CheckActionMaySend(const StepCalls& calls) {
  if (compensating_) Fail("action of {} sent after a compensation", calls.step);
  if (calls.done) Fail("action of {} sent after its success", calls.step);
  for (const StepCalls& before : steps_) {
    if (&before == &calls) break;
    if (!before.done) Fail("action of {} sent before the success of {}", calls.step, before.step);
  }
}

void Checker::CheckCompensationMaySend(const StepCalls& calls) {
  if (!compensating_) Fail("compensation of {} sent while going forward", calls.step);
  if (calls.undone) Fail("compensation of {} sent after its success", calls.step);
  if (calls.actions == 0) Fail("compensation of {} without an action", calls.step);
  if (calls.refused) Fail("compensation of {}, which was refused", calls.step);
  bool later = false;
  for (const StepCalls& other : steps_) {
    if (later && !other.undone && !other.refused) {
      Fail("compensation of {} sent before that of {}", calls.step, other.step);
    }
    later = later || &other == &calls;
  }
}

void Checker::TakeSent(const HistoryEntry& entry) {
  StepCalls& calls = CallsOf(entry.step());
  if (ends_ > 0) Fail("a call of {} sent after the end", calls.step);
  if (calls.open) Fail("{} is sent anew while a call is under way", calls.step);
  calls.open = true;
  const bool action = entry.phase() == v1::ACTION;
  action ? CheckActionMaySend(calls) : CheckCompensationMaySend(calls);
  int& count = action ? calls.actions : calls.compensations;
  if (entry.attempt() != ++count) {
    Fail("attempt {} of {} is numbered {}", count, calls.step, entry.attempt());
  }
}

void Checker::TakeEnded(const HistoryEntry& entry) {
  StepCalls& calls = CallsOf(entry.step());
  const bool action = entry.phase() == v1::ACTION;
  if (!calls.open || entry.attempt() != (action ? calls.actions : calls.compensations)) {
    Fail("attempt {} of {} ended, which was not under way", entry.attempt(), calls.step);
  }
  calls.open = false;
  const bool succeeded = entry.outcome() == HistoryEntry::OUTCOME_SUCCEEDED;
  if (!action) {
    calls.undone = calls.undone || succeeded;
    return;
  }
  calls.done = calls.done || succeeded;
  calls.refused = entry.outcome() == HistoryEntry::OUTCOME_REJECTED;
}

void Checker::CheckEnd() {
  if (ends_ != 1) Fail("the history tells {} ends", ends_);
  if (epoch_ > saga_.epoch()) Fail("the history's epoch {} is above the saga's", epoch_);
  for (const StepCalls& calls : steps_) {
    if (calls.open) Fail("a call of {} never ended", calls.step);
  }
  for (const v1::Step& step : saga_.steps()) {
    const auto calls = std::find_if(steps_.begin(), steps_.end(), [&](const StepCalls& each) {
      return each.step == step.path();
    });
    const int actions = calls == steps_.end() ? 0 : calls->actions;
    const int compensations = calls == steps_.end() ? 0 : calls->compensations;
    if (step.action_attempts() != actions || step.compensation_attempts() != compensations) {
      Fail("{} counts {} + {} attempts, the history {} + {}", step.path(), step.action_attempts(),
           step.compensation_attempts(), actions, compensations);
    }
  }
}

}  // namespace

std::vector<std::string> HistoryViolations(const v1::Saga& saga,
                                           const std::vector<HistoryEntry>& history) {
  Checker checker(saga);
  for (const HistoryEntry& entry : history) checker.Take(entry);
  checker.CheckEnd();
  return std::move(checker).violations();
}

}  // namespace skald::system_test
