#include "engine/core/dead_letter.h"

#include <algorithm>
#include <string>

#include "base/check.h"

namespace skald::core {
namespace {

const v1::StepState* FirstStuck(const v1::SagaRecord& saga) {
  for (const v1::StepState& step : saga.steps()) {
    if (step.stuck()) return &step;
  }
  return nullptr;
}

bool IsUnderWay(const v1::StepState::Attempts& attempts) {
  return attempts.in_flight() || attempts.pending() || attempts.next_us() != 0;
}

// Which of its calls is stuck, and why.
void Describe(const v1::StepState& step, v1::HistoryEntry& entry) {
  entry.set_step(step.path());
  entry.set_phase(StuckPhase(step));
  entry.set_cause(step.stuck_cause().kind());
  entry.set_code(step.stuck_cause().code());
  entry.set_message(step.stuck_cause().message());
}

}  // namespace

v1::Phase StuckPhase(const v1::StepState& step) {
  return step.status() == v1::Step::COMPENSATING ? v1::COMPENSATION : v1::ACTION;
}

v1::DeadLetterRecord DeadLetterOf(const v1::SagaRecord& saga) {
  const v1::StepState* stuck = FirstStuck(saga);
  SKALD_CHECK(stuck != nullptr, "saga {} is parked and no step is stuck", saga.id());
  v1::DeadLetterRecord row;
  row.set_saga_id(saga.id());
  row.set_number(saga.dead_letters());
  row.set_definition(saga.definition());
  row.set_definition_version(saga.definition_version());
  row.set_step(stuck->path());
  row.set_phase(StuckPhase(*stuck));
  *row.mutable_cause() = stuck->stuck_cause();
  row.set_attempts(AttemptsOf(*stuck, StuckPhase(*stuck)).total());
  row.set_created_us(saga.parked_us());
  return row;
}

void ParkIfStuck(Work& work) {
  v1::SagaRecord& saga = work.record();
  const v1::StepState* stuck = FirstStuck(saga);
  if (stuck == nullptr) return;
  const bool waits =
      std::any_of(saga.steps().begin(), saga.steps().end(), [](const v1::StepState& step) {
        return IsUnderWay(step.action()) || IsUnderWay(step.compensation());
      });
  // What the dead letter does not name, the history does.
  for (const std::string& path : work.newly_stuck()) {
    const v1::StepState& step = *work.FindStep(path);
    if (step.stuck() && (waits || path != stuck->path())) {
      Describe(step, work.Record(v1::HistoryEntry::STUCK));
    }
  }
  if (waits) return;
  saga.set_status(v1::Saga::DEAD_LETTERED);
  saga.set_dead_letters(saga.dead_letters() + 1);
  saga.clear_dead_letter_closed_by();
  saga.set_parked_us(work.now_us());
  // A parked saga has nothing left to pause: it comes back running.
  saga.set_paused(false);
  Describe(*stuck, work.Record(v1::HistoryEntry::PARKED));
  work.SetDeadLetter(DeadLetterOf(saga));
}

}  // namespace skald::core
