#include "engine/server/saga_picture.h"

#include <string_view>
#include <utility>

#include "base/clock.h"

namespace skald::server {
namespace {

using Status = NodeMark::Status;
using Wait = NodeMark::Wait;

SagaMarks::Status ToStatus(v1::Saga::Status status) {
  switch (status) {
    case v1::Saga::COMPLETED: return SagaMarks::Status::kCompleted;
    case v1::Saga::COMPENSATING: return SagaMarks::Status::kCompensating;
    case v1::Saga::COMPENSATED: return SagaMarks::Status::kCompensated;
    case v1::Saga::DEAD_LETTERED: return SagaMarks::Status::kDeadLettered;
    case v1::Saga::RESOLVED: return SagaMarks::Status::kResolved;
    default: return SagaMarks::Status::kRunning;
  }
}

Status ToStatus(v1::Step::Status status) {
  switch (status) {
    case v1::Step::RUNNING: return Status::kRunning;
    case v1::Step::SUCCEEDED: return Status::kSucceeded;
    case v1::Step::REJECTED: return Status::kRejected;
    case v1::Step::UNCERTAIN: return Status::kUncertain;
    case v1::Step::COMPENSATING: return Status::kCompensating;
    case v1::Step::COMPENSATED: return Status::kCompensated;
    case v1::Step::SKIPPED: return Status::kSkipped;
    default: return Status::kPending;
  }
}

std::string_view Why(v1::Cause::Kind kind) {
  switch (kind) {
    case v1::Cause::REJECTED: return "rejected";
    case v1::Cause::EXHAUSTED: return "exhausted";
    case v1::Cause::DEADLINE: return "deadline passed";
    case v1::Cause::CANCELLED: return "cancelled";
    case v1::Cause::OPERATOR: return "an operator's order";
    case v1::Cause::DEFINITION: return "a function failed";
    case v1::Cause::LIMIT: return "a limit was reached";
    default: return "unknown";
  }
}

bool HoldsOthers(Node::Kind kind) {
  return kind == Node::Kind::kForEach || kind == Node::Kind::kRepeat || kind == Node::Kind::kChild;
}

void SetWait(const Node& node, const v1::StepState& state, NodeMark& mark) {
  if (state.stuck()) return;
  if (node.kind == Node::Kind::kAwait || node.kind == Node::Kind::kSleep) {
    if (state.status() != v1::Step::RUNNING) return;
    mark.wait = Wait::kTime;
    if (state.wake_us() != 0) mark.until = FromMicros(state.wake_us());
    return;
  }
  if (mark.status != Status::kRunning && mark.status != Status::kCompensating) return;
  const v1::StepState::Attempts& attempts =
      mark.status == Status::kCompensating ? state.compensation() : state.action();
  if (attempts.pending()) {
    mark.wait = Wait::kPending;
    if (attempts.pending_until_us() != 0) mark.until = FromMicros(attempts.pending_until_us());
  } else if (attempts.next_us() != 0) {
    mark.wait = Wait::kRetry;
    mark.until = FromMicros(attempts.next_us());
  }
}

NodeMark MarkOf(const Node& node, const v1::StepState& state, bool turned_back) {
  NodeMark mark;
  mark.path = state.path();
  mark.status = ToStatus(state.status());
  // What holds other nodes keeps its status until all of them are compensated.
  const bool retreats = mark.status == Status::kRunning || state.retreat() > 0;
  if (turned_back && HoldsOthers(node.kind) && retreats && mark.status != Status::kCompensated) {
    mark.status = Status::kCompensating;
  }
  mark.stuck = state.stuck();
  mark.compensation_skipped =
      state.status() == v1::Step::SKIPPED && state.skipped() == v1::COMPENSATION;
  mark.attempts = state.action().total();
  mark.compensation_attempts = state.compensation().total();
  SetWait(node, state, mark);
  const bool back = state.compensation().last_code() != 0;
  mark.words = state.stuck() ? state.stuck_cause().message()
               : back        ? state.compensation().last_message()
                             : state.action().last_message();
  mark.arm = state.arm();
  mark.elements = state.count();
  mark.round = state.round();
  mark.rounds = state.rounds_allowed();
  return mark;
}

}  // namespace

SagaMarks MarksOf(const v1::SagaRecord& record, const Definition& definition) {
  SagaMarks marks;
  marks.id = record.id();
  marks.status = ToStatus(record.status());
  marks.paused = record.paused();
  marks.queued = record.queued();
  if (record.has_cause()) {
    marks.cause = Why(record.cause().kind());
    marks.cause_step = record.cause().step();
    marks.cause_words = record.cause().message();
  }
  for (const v1::StepState& state : record.steps()) {
    const Node* const node = FindNode(definition, state.path());
    if (node != nullptr) marks.nodes.push_back(MarkOf(*node, state, record.has_cause()));
  }
  return marks;
}

}  // namespace skald::server
