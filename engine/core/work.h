// One transition while it is being made: what Step and its parts write into. Confined.
#ifndef SKALD_ENGINE_CORE_WORK_H_
#define SKALD_ENGINE_CORE_WORK_H_

#include <string>
#include <string_view>

#include "engine/core/event.h"
#include "engine/core/lifecycle.h"
#include "engine/core/machine.h"
#include "sagas/definition.h"
#include "skald/v1/record.pb.h"

namespace skald::core {

// How far a walk over a part of the tree came.
enum class Walk {
  // Nothing is left to do there.
  kDone,
  // It waits: for a reply, a timer or an operator.
  kBlocked,
};

class Work final {
 public:
  Work(const Definition& definition, v1::SagaRecord record, const Event& event,
       const Limits& limits);

  const Definition& definition() const { return definition_; }
  const Event& event() const { return event_; }
  const Limits& limits() const { return limits_; }
  absl::Time now() const { return event_.at; }
  int64_t now_us() const { return now_us_; }
  // To change the saga itself. Steps are changed through MutableStep.
  v1::SagaRecord& record() { return out_.record; }
  const v1::SagaRecord& record() const { return out_.record; }

  // The state of the node with this path; null if it was never reached.
  const v1::StepState* FindStep(std::string_view path) const;
  // The same, made (PENDING) where it was never reached, and stored with this transition.
  v1::StepState& MutableStep(std::string_view path);

  // Appends an entry, numbered, timed and with its epoch. The saga will be stored.
  v1::HistoryEntry& Record(v1::HistoryEntry::Kind kind);
  // The saga will be stored although nothing is worth an entry.
  void Touch() { out_.changed = true; }
  bool changed() const { return out_.changed; }

  // Sends the node's call, or parks the step if the request cannot be made.
  void Send(const Node& node, v1::Phase phase);
  // The same, if it is time for the next attempt.
  void SendIfDue(const Node& node, v1::Phase phase);
  // The step cannot go on by itself.
  void Stick(std::string_view path, v1::Cause::Kind kind, absl::StatusCode code,
             std::string_view message);
  // The saga goes back from here. What waits for a retry stays uncertain; what is in flight is
  // waited for.
  void TurnBack(v1::Cause cause);
  // The saga has ended.
  void End(v1::Saga::Status status, v1::HistoryEntry::Kind kind);

  void Answer(absl::Status status) { out_.answer = std::move(status); }
  void SetAudit(const Order& order);
  void SetDeadLetter(v1::DeadLetterRecord row) { out_.dead_letter = std::move(row); }
  bool HasEffects() const { return !out_.effects.empty(); }

  // Revision, epoch, due time, the closing effects, invariants. The work is over.
  Transition Finish() &&;

 private:
  int64_t DueTime() const;

  const Definition& definition_;
  const Event& event_;
  const Limits& limits_;
  const int64_t now_us_;
  Transition out_;
};

// The attempts of one phase.
v1::StepState::Attempts& AttemptsOf(v1::StepState& step, v1::Phase phase);
const v1::StepState::Attempts& AttemptsOf(const v1::StepState& step, v1::Phase phase);

// The pivot was sent and was not rejected: nothing leads back any more.
bool PastPivot(const Definition& definition, const v1::SagaRecord& record);

// As the protos of the API have it.
void SetTimestamp(int64_t micros, google::protobuf::Timestamp& timestamp);

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_WORK_H_
