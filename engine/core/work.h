// One transition while it is being made: what Step and its parts write into. Confined.
#ifndef SKALD_ENGINE_CORE_WORK_H_
#define SKALD_ENGINE_CORE_WORK_H_

#include <string>
#include <string_view>
#include <vector>

#include "engine/core/event.h"
#include "engine/core/lifecycle.h"
#include "engine/core/machine.h"
#include "engine/core/place.h"
#include "engine/core/step_index.h"
#include "sagas/definition.h"
#include "skald/v1/record.pb.h"

namespace skald::core {

// How far a walk over a part of the tree came.
enum class Walk {
  // Nothing is left to do there.
  kDone,
  // It waits: for a reply, a signal or a timer.
  kWaiting,
  // It waits for an operator.
  kStuck,
};

// How far two walks came that do not depend on each other: an operator is only waited for when
// nothing else is.
inline Walk Both(Walk a, Walk b) {
  if (a == Walk::kWaiting || b == Walk::kWaiting) return Walk::kWaiting;
  return a == Walk::kStuck || b == Walk::kStuck ? Walk::kStuck : Walk::kDone;
}

class Work final {
 public:
  Work(const Definition& definition, v1::SagaRecord record, const Event& event,
       const Limits& limits);
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;

  const Definition& definition() const { return definition_; }
  const Event& event() const { return event_; }
  const Limits& limits() const { return limits_; }
  absl::Time now() const { return event_.at; }
  int64_t now_us() const { return now_us_; }
  // To change the saga itself. Steps are changed through MutableStep.
  v1::SagaRecord& record() { return out_.record; }
  const v1::SagaRecord& record() const { return out_.record; }

  // The state of the run of a node with this path; null if it was never reached.
  const v1::StepState* FindStep(std::string_view path) const;
  // The same, made (PENDING) where it was never reached, and stored with this transition.
  v1::StepState& MutableStep(std::string_view path);

  // What the node's functions look at. Good until the state changes.
  Scope ScopeOf(const Place& at) const;
  // The state that the node's functions see is now this one. RESOURCE_EXHAUSTED: it is over the
  // limit and nothing was changed; `with` says what made it so.
  absl::Status SetState(const Place& at, std::string state, std::string_view with);

  // Appends an entry, numbered, timed and with its epoch. The saga will be stored.
  v1::HistoryEntry& Record(v1::HistoryEntry::Kind kind);
  v1::HistoryEntry& Record(v1::HistoryEntry::Kind kind, const Place& at);
  // The saga will be stored although nothing is worth an entry.
  void Touch() { out_.changed = true; }
  bool changed() const { return out_.changed; }

  // Sends the node's call, or parks the step if the request cannot be made.
  void Send(const Place& at, v1::Phase phase);
  // The step cannot go on by itself.
  void Stick(const Place& at, v1::Cause::Kind kind, absl::StatusCode code,
             std::string_view message);
  // A function of the definition has failed, or its result is over a limit.
  void Stick(const Place& at, const absl::Status& failure);
  // The paths that this transition made stuck.
  const std::vector<std::string>& newly_stuck() const { return newly_stuck_; }
  // The saga goes back from here. What waits for a retry stays uncertain; what is in flight is
  // waited for.
  void TurnBack(v1::Cause cause);
  // The saga has ended.
  void End(v1::Saga::Status status, v1::HistoryEntry::Kind kind);

  void Answer(absl::Status status) { out_.answer = std::move(status); }
  void SetAudit(const Order& order);
  void SetDeadLetter(v1::DeadLetterRecord row) { out_.dead_letter = std::move(row); }
  void SetClaim(KeyClaim claim) { out_.claim = claim; }
  // This transition sends an action.
  bool SendsAction() const;

  // Revision, epoch, due time, the closing effects, invariants. The work is over.
  Transition Finish() &&;

 private:
  // What the call is to send. Null: the step is stuck.
  const std::string* RequestOf(const Place& at, v1::Phase phase, std::string& made);

  const Definition& definition_;
  const Event& event_;
  const Limits& limits_;
  const int64_t now_us_;
  Transition out_;
  const StepIndex index_;
  std::vector<std::string> newly_stuck_;
};

// The attempts of one phase.
v1::StepState::Attempts& AttemptsOf(v1::StepState& step, v1::Phase phase);
const v1::StepState::Attempts& AttemptsOf(const v1::StepState& step, v1::Phase phase);

// The pivot was sent and was not rejected: nothing leads back any more.
bool PastPivot(const Definition& definition, const v1::SagaRecord& record);

// It has begun: it is not queued behind its exclusive key, and its start time has come.
bool HasBegun(const v1::SagaRecord& record, int64_t now_us);

// As the protos of the API have it.
void SetTimestamp(int64_t micros, google::protobuf::Timestamp& timestamp);

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_WORK_H_
