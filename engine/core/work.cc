#include "engine/core/work.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/status.h"
#include "base/text.h"
#include "engine/core/invariants.h"
#include "engine/core/retry.h"
#include "engine/core/schedule.h"

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

bool HasBegun(const v1::SagaRecord& record, int64_t now_us) {
  return !record.queued() && record.start_us() <= now_us;
}

Work::Work(const Definition& definition, v1::SagaRecord record, const Event& event,
           const Limits& limits)
    : definition_(definition),
      event_(event),
      limits_(limits),
      now_us_(ToMicros(event.at)),
      out_{.record = std::move(record)},
      index_(out_.record) {}

const v1::StepState* Work::FindStep(std::string_view path) const {
  const int index = index_.Find(path);
  return index < 0 ? nullptr : &out_.record.steps(index);
}

v1::StepState& Work::MutableStep(std::string_view path) {
  int index = index_.Find(path);
  if (index < 0) {
    index = out_.record.steps_size();
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

Scope Work::ScopeOf(const Place& at) const {
  const std::string& state = at.owner.empty() ? record().state() : FindStep(at.owner)->state();
  return {.state = state, .elements = at.elements, .path = at.path};
}

absl::Status Work::SetState(const Place& at, std::string state, std::string_view with) {
  if (state.size() > limits_.state) {
    return Error(absl::StatusCode::kResourceExhausted,
                 "with {} the state has {} bytes, more than limits.state = {}", with, state.size(),
                 limits_.state);
  }
  if (at.owner.empty()) {
    record().set_state(std::move(state));
  } else {
    MutableStep(at.owner).set_state(std::move(state));
  }
  Touch();
  return absl::OkStatus();
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

v1::HistoryEntry& Work::Record(v1::HistoryEntry::Kind kind, const Place& at) {
  v1::HistoryEntry& entry = Record(kind);
  entry.set_step(at.path);
  return entry;
}

const std::string* Work::RequestOf(const Place& at, v1::Phase phase, std::string& made) {
  const v1::StepState::Attempts& attempts = AttemptsOf(*FindStep(at.path), phase);
  // A repeated key repeats its request, whatever became of the state meanwhile.
  if (!attempts.request().empty()) return &attempts.request();
  const Call& call = phase == v1::ACTION ? *at.node->action : *at.node->compensation;
  absl::StatusOr<std::string> request = call.make_request(ScopeOf(at));
  if (!request.ok()) {
    Stick(at, request.status());
    return nullptr;
  }
  if (request->size() > limits_.message) {
    Stick(at, v1::Cause::LIMIT, absl::StatusCode::kResourceExhausted,
          fmt::format("the request has {} bytes, more than limits.message = {}", request->size(),
                      limits_.message));
    return nullptr;
  }
  made = *std::move(request);
  if (at.shared) AttemptsOf(MutableStep(at.path), phase).set_request(made);
  return &made;
}

void Work::Send(const Place& at, v1::Phase phase) {
  const Call& call = phase == v1::ACTION ? *at.node->action : *at.node->compensation;
  v1::StepState& step = MutableStep(at.path);
  v1::StepState::Attempts& attempts = AttemptsOf(step, phase);
  step.set_status(phase == v1::ACTION ? v1::Step::RUNNING : v1::Step::COMPENSATING);
  attempts.set_next_us(0);
  if (attempts.total() > 0 && out_.record.history_length() >= limits_.history) {
    return Stick(at, v1::Cause::LIMIT, absl::StatusCode::kResourceExhausted,
                 fmt::format("the saga's history has {} entries, its limit (limits.history): no "
                             "further attempt is made",
                             out_.record.history_length()));
  }
  std::string made;
  const std::string* const request = RequestOf(at, phase, made);
  if (request == nullptr) return;
  attempts.set_total(attempts.total() + 1);
  // To ask whether a pending call has ended is no further try.
  if (!attempts.pending()) attempts.set_round(attempts.round() + 1);
  if (attempts.round_started_us() == 0) attempts.set_round_started_us(now_us_);
  attempts.set_in_flight(true);

  v1::HistoryEntry& entry = Record(v1::HistoryEntry::ATTEMPT_SENT, at);
  entry.set_phase(phase);
  entry.set_attempt(attempts.total());
  const std::string key = IdempotencyKey(out_.record.id(), at.path, phase);
  const bool undoes = phase == v1::COMPENSATION && at.node->action.has_value();
  out_.effects.push_back(SendAttempt{
      .step = at.path,
      .phase = phase,
      .attempt = attempts.total(),
      .participant = call.participant,
      .method = call.method,
      .request = *request,
      .timeout = JitteredTimeout(at.node->timeout, key, attempts.total()),
      .tier = out_.record.tier(),
      .compensates = undoes ? IdempotencyKey(out_.record.id(), at.path, v1::ACTION) : ""});
}

void Work::Stick(const Place& at, v1::Cause::Kind kind, absl::StatusCode code,
                 std::string_view message) {
  v1::StepState& step = MutableStep(at.path);
  step.set_stuck(true);
  newly_stuck_.push_back(at.path);
  v1::Cause& cause = *step.mutable_stuck_cause();
  cause.set_kind(kind);
  cause.set_step(at.path);
  cause.set_code(static_cast<int>(code));
  cause.set_message(CleanText(message, limits_.kept_message));
}

void Work::Stick(const Place& at, const absl::Status& failure) {
  const bool limit = failure.code() == absl::StatusCode::kResourceExhausted;
  Stick(at, limit ? v1::Cause::LIMIT : v1::Cause::DEFINITION, failure.code(), Message(failure));
}

namespace {

// What was under way on the way forward and is not in flight.
void StopGoingForward(v1::StepState& step, const Node& node) {
  step.set_stuck(false);
  step.clear_stuck_cause();
  if (step.status() != v1::Step::RUNNING) return;
  switch (node.kind) {
    case Node::Kind::kStep:
      step.set_status(v1::Step::UNCERTAIN);
      step.mutable_action()->set_next_us(0);
      step.mutable_action()->set_pending(false);
      return;
    case Node::Kind::kAwait:
    case Node::Kind::kSleep:
      step.set_status(v1::Step::SKIPPED);
      step.set_wake_us(0);
      return;
    default: step.set_status(v1::Step::COMPENSATING); return;
  }
}

}  // namespace

void Work::TurnBack(v1::Cause cause) {
  v1::HistoryEntry& entry = Record(v1::HistoryEntry::COMPENSATION_STARTED);
  entry.set_step(cause.step());
  entry.set_cause(cause.kind());
  entry.set_code(cause.code());
  entry.set_message(cause.message());
  out_.record.set_status(v1::Saga::COMPENSATING);
  *out_.record.mutable_cause() = std::move(cause);
  for (const v1::StepState& step : out_.record.steps()) {
    if (step.action().in_flight() || (step.status() != v1::Step::RUNNING && !step.stuck()))
      continue;
    StopGoingForward(MutableStep(step.path()), *FindNode(definition_, step.path()));
  }
}

void Work::End(v1::Saga::Status status, v1::HistoryEntry::Kind kind) {
  out_.record.set_status(status);
  out_.record.set_finished_us(now_us_);
  out_.record.set_queued(false);
  if (!out_.record.exclusive_key().empty()) SetClaim(KeyClaim::kRelease);
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

bool Work::SendsAction() const {
  return std::any_of(out_.effects.begin(), out_.effects.end(), [](const Effect& effect) {
    const auto* send = std::get_if<SendAttempt>(&effect);
    return send != nullptr && send->phase == v1::ACTION;
  });
}

Transition Work::Finish() && {
  if (!out_.changed) return std::move(out_);
  v1::SagaRecord& saga = out_.record;
  saga.set_revision(saga.revision() + 1);
  saga.set_epoch(event_.epoch);
  saga.set_updated_us(now_us_);
  saga.set_due_us(DueTime(saga));
  // What was held back is for the next owner to do: it must not take the saga for a sleeping one.
  saga.set_asleep(IsUnfinished(saga.status()) && !HasCallInFlight(saga) && !event_.hold);
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
