#include "engine/core/work.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/status.h"
#include "base/text.h"
#include "engine/core/invariants.h"
#include "engine/core/retry.h"

namespace skald::core {

void SetTimestamp(int64_t micros, google::protobuf::Timestamp& timestamp) {
  timestamp.set_seconds(micros / 1'000'000);
  timestamp.set_nanos(static_cast<int32_t>(micros % 1'000'000) * 1'000);
}

v1::StepState::Attempts& AttemptsOf(v1::StepState& step, v1::Phase phase) {
  return phase == v1::ACTION ? *step.mutable_action() : *step.mutable_compensation();
}

const v1::StepState::Attempts& AttemptsOf(const v1::StepState& step, v1::Phase phase) {
  return phase == v1::ACTION ? step.action() : step.compensation();
}

bool PastPivot(const Definition& definition, const v1::SagaRecord& record) {
  return std::any_of(record.steps().begin(), record.steps().end(), [&](const v1::StepState& step) {
    if (step.status() == v1::Step::REJECTED) return false;
    if (step.action().total() == 0 && step.status() != v1::Step::SKIPPED) return false;
    const Node* node = FindNode(definition, step.path());
    return node != nullptr && node->pivot;
  });
}

Work::Work(const Definition& definition, v1::SagaRecord record, const Event& event,
           const Limits& limits)
    : definition_(definition), event_(event), limits_(limits), now_us_(ToMicros(event.at)) {
  out_.record = std::move(record);
}

const v1::StepState* Work::FindStep(std::string_view path) const {
  for (const v1::StepState& step : out_.record.steps()) {
    if (step.path() == path) return &step;
  }
  return nullptr;
}

v1::StepState& Work::MutableStep(std::string_view path) {
  int index = 0;
  while (index < out_.record.steps_size() && out_.record.steps(index).path() != path) ++index;
  if (index == out_.record.steps_size()) {
    v1::StepState& step = *out_.record.add_steps();
    step.set_path(std::string(path));
    step.set_status(v1::Step::PENDING);
  }
  if (std::find(out_.changed_steps.begin(), out_.changed_steps.end(), index) ==
      out_.changed_steps.end()) {
    out_.changed_steps.push_back(index);
  }
  Touch();
  return *out_.record.mutable_steps(index);
}

v1::HistoryEntry& Work::Record(v1::HistoryEntry::Kind kind) {
  Touch();
  out_.record.set_history_length(out_.record.history_length() + 1);
  v1::HistoryEntry& entry = out_.history.emplace_back();
  entry.set_number(out_.record.history_length());
  SetTimestamp(now_us_, *entry.mutable_time());
  entry.set_epoch(event_.epoch);
  entry.set_kind(kind);
  return entry;
}

void Work::Send(const Node& node, v1::Phase phase) {
  const Call& call = phase == v1::ACTION ? *node.action : *node.compensation;
  v1::StepState& step = MutableStep(node.path);
  v1::StepState::Attempts& attempts = AttemptsOf(step, phase);
  step.set_status(phase == v1::ACTION ? v1::Step::RUNNING : v1::Step::COMPENSATING);
  attempts.set_next_us(0);
  if (attempts.total() > 0 && out_.record.history_length() >= limits_.history) {
    return Stick(node.path, v1::Cause::LIMIT, absl::StatusCode::kResourceExhausted,
                 fmt::format("the saga's history has {} entries, its limit (limits.history): no "
                             "further attempt is made",
                             out_.record.history_length()));
  }
  absl::StatusOr<std::string> request = call.make_request({.state = out_.record.state()});
  if (!request.ok()) {
    return Stick(node.path, v1::Cause::DEFINITION, request.status().code(),
                 Message(request.status()));
  }
  if (request->size() > limits_.message) {
    return Stick(node.path, v1::Cause::LIMIT, absl::StatusCode::kResourceExhausted,
                 fmt::format("the request has {} bytes, more than limits.message = {}",
                             request->size(), limits_.message));
  }
  attempts.set_total(attempts.total() + 1);
  attempts.set_round(attempts.round() + 1);
  if (attempts.round() == 1) attempts.set_round_started_us(now_us_);
  attempts.set_in_flight(true);

  v1::HistoryEntry& entry = Record(v1::HistoryEntry::ATTEMPT_SENT);
  entry.set_step(node.path);
  entry.set_phase(phase);
  entry.set_attempt(attempts.total());
  const std::string key = IdempotencyKey(out_.record.id(), node.path, phase);
  out_.effects.push_back(
      SendAttempt{.step = node.path,
                  .phase = phase,
                  .attempt = attempts.total(),
                  .participant = call.participant,
                  .method = call.method,
                  .request = *std::move(request),
                  .timeout = JitteredTimeout(node.timeout, key, attempts.total())});
}

void Work::SendIfDue(const Node& node, v1::Phase phase) {
  const v1::StepState* step = FindStep(node.path);
  if (step == nullptr || step->stuck()) return;
  const v1::StepState::Attempts& attempts = AttemptsOf(*step, phase);
  const bool due = attempts.next_us() != 0 && attempts.next_us() <= now_us_;
  if (due && !attempts.in_flight()) Send(node, phase);
}

void Work::Stick(std::string_view path, v1::Cause::Kind kind, absl::StatusCode code,
                 std::string_view message) {
  v1::StepState& step = MutableStep(path);
  step.set_stuck(true);
  v1::Cause& cause = *step.mutable_stuck_cause();
  cause.set_kind(kind);
  cause.set_step(std::string(path));
  cause.set_code(static_cast<int>(code));
  cause.set_message(CleanText(message, limits_.kept_message));
}

void Work::TurnBack(v1::Cause cause) {
  v1::HistoryEntry& entry = Record(v1::HistoryEntry::COMPENSATION_STARTED);
  entry.set_step(cause.step());
  entry.set_cause(cause.kind());
  entry.set_code(cause.code());
  entry.set_message(cause.message());
  out_.record.set_status(v1::Saga::COMPENSATING);
  *out_.record.mutable_cause() = std::move(cause);
  for (const v1::StepState& step : out_.record.steps()) {
    if (step.status() != v1::Step::RUNNING || step.action().in_flight()) continue;
    v1::StepState& waiting = MutableStep(step.path());
    waiting.set_status(v1::Step::UNCERTAIN);
    waiting.mutable_action()->set_next_us(0);
  }
}

void Work::End(v1::Saga::Status status, v1::HistoryEntry::Kind kind) {
  out_.record.set_status(status);
  out_.record.set_finished_us(now_us_);
  Record(kind);
}

void Work::SetAudit(const Order& order) {
  v1::AuditRecord audit;
  audit.set_saga_id(out_.record.id());
  audit.set_at_us(now_us_);
  audit.set_verb(std::string(VerbName(order.verb)));
  audit.set_actor(CleanText(order.actor, limits_.kept_message));
  audit.set_reason(CleanText(order.reason, limits_.kept_message));
  switch (order.verb) {
    case Order::Verb::kRetry:
    case Order::Verb::kSkip:
    case Order::Verb::kResolve: audit.set_dead_letter(out_.record.dead_letters()); break;
    default: break;
  }
  out_.audit = std::move(audit);
}

int64_t Work::DueTime() const {
  const v1::SagaRecord& saga = out_.record;
  if (saga.paused() || !IsUnfinished(saga.status())) return 0;
  int64_t due = 0;
  const auto consider = [&due](int64_t time) {
    if (time != 0 && (due == 0 || time < due)) due = time;
  };
  for (const v1::StepState& step : saga.steps()) {
    consider(step.action().next_us());
    consider(step.compensation().next_us());
  }
  if (saga.status() == v1::Saga::RUNNING && !saga.deadline_passed()) consider(saga.deadline_us());
  return due;
}

Transition Work::Finish() && {
  if (!out_.changed) return std::move(out_);
  v1::SagaRecord& saga = out_.record;
  saga.set_revision(saga.revision() + 1);
  saga.set_epoch(event_.epoch);
  saga.set_updated_us(now_us_);
  saga.set_due_us(DueTime());
  if (out_.audit) {
    out_.audit->set_revision(saga.revision());
    out_.audit->set_result(out_.answer.ok() ? "OK" : std::string(Message(out_.answer)));
  }
  out_.effects.push_back(
      SetTimer{saga.due_us() == 0 ? absl::InfiniteFuture() : FromMicros(saga.due_us())});
  out_.effects.push_back(Notify{});
  CheckInvariants(definition_, event_, out_);
  return std::move(out_);
}

}  // namespace skald::core
