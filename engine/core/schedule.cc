#include "engine/core/schedule.h"

#include <algorithm>

#include "engine/core/lifecycle.h"

namespace skald::core {
namespace {

class Earliest {
 public:
  // 0 is never.
  void Consider(int64_t time) {
    if (time != 0 && (due_ == 0 || time < due_)) due_ = time;
  }
  int64_t due() const { return due_; }

 private:
  int64_t due_ = 0;
};

void ConsiderStep(const v1::StepState& step, Earliest& earliest) {
  if (step.stuck()) return;
  for (const v1::StepState::Attempts* attempts : {&step.action(), &step.compensation()}) {
    earliest.Consider(attempts->next_us());
    // While it is being asked again, the answer decides.
    if (attempts->pending() && !attempts->in_flight()) {
      earliest.Consider(attempts->pending_until_us());
    }
  }
  if (step.status() == v1::Step::RUNNING) earliest.Consider(step.wake_us());
}

}  // namespace

int64_t DueTime(const v1::SagaRecord& saga) {
  if (saga.paused() || !IsUnfinished(saga.status())) return 0;
  Earliest earliest;
  if (saga.status() == v1::Saga::RUNNING) {
    if (!saga.deadline_passed()) earliest.Consider(saga.deadline_us());
    if (saga.queued()) {
      earliest.Consider(saga.updated_us() + kQueuePollUs);
      return earliest.due();
    }
    if (saga.start_us() > saga.updated_us()) {
      earliest.Consider(saga.start_us());
      return earliest.due();
    }
  }
  for (const v1::StepState& step : saga.steps()) ConsiderStep(step, earliest);
  return earliest.due();
}

bool HasCallInFlight(const v1::SagaRecord& saga) {
  return std::any_of(saga.steps().begin(), saga.steps().end(), [](const v1::StepState& step) {
    return step.action().in_flight() || step.compensation().in_flight();
  });
}

}  // namespace skald::core
