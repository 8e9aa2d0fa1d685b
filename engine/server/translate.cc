#include "engine/server/translate.h"

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include <charconv>
#include <memory>

namespace skald::server {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::MessageFactory;
using google::protobuf::Timestamp;

constexpr size_t kMostJson = size_t{2} << 20;

void SetTime(int64_t micros, Timestamp& timestamp) {
  int64_t seconds = micros / 1'000'000;
  int64_t rest = micros % 1'000'000;
  if (rest < 0) {
    rest += 1'000'000;
    --seconds;
  }
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(static_cast<int>(rest * 1000));
}

// What the row gives away of a node whose definition is not here.
v1::Step::Kind GuessKind(const v1::StepState& state) {
  if (state.action().total() > 0 || state.compensation().total() > 0) return v1::Step::STEP;
  if (!state.arm().empty()) return v1::Step::CHOOSE;
  if (state.count() > 0) return v1::Step::FOR_EACH;
  if (state.round() > 0) return v1::Step::REPEAT;
  if (!state.state().empty()) return v1::Step::CHILD;
  return v1::Step::KIND_UNSPECIFIED;
}

void ToStep(const v1::StepState& state, v1::Step& step) {
  step.set_path(state.path());
  step.set_status(state.status());
  step.set_action_attempts(state.action().total());
  step.set_compensation_attempts(state.compensation().total());
  const bool back = state.compensation().total() > 0 || state.compensation().next_us() != 0;
  const v1::StepState::Attempts& latest = back ? state.compensation() : state.action();
  const v1::StepState::Attempts& failed =
      back && state.compensation().last_code() != 0 ? state.compensation() : state.action();
  step.set_last_code(failed.last_code());
  step.set_last_message(failed.last_message());
  if (latest.next_us() != 0) SetTime(latest.next_us(), *step.mutable_next_attempt_time());
  step.set_stuck(state.stuck());
  step.set_arm(state.arm());
  const bool under_way =
      state.status() == v1::Step::RUNNING || state.status() == v1::Step::COMPENSATING;
  if (under_way && latest.pending()) {
    SetTime(latest.pending_until_us(), *step.mutable_pending_until());
  }
  if (state.status() == v1::Step::RUNNING && state.wake_us() != 0) {
    SetTime(state.wake_us(), *step.mutable_wake_time());
  }
  step.set_count(state.count());
  step.set_round(state.round());
  step.set_rounds(state.rounds_allowed());
  step.set_kind(GuessKind(state));
}

v1::Step::Kind ToKind(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::kStep: return v1::Step::STEP;
    case Node::Kind::kChoose: return v1::Step::CHOOSE;
    case Node::Kind::kForEach: return v1::Step::FOR_EACH;
    case Node::Kind::kRepeat: return v1::Step::REPEAT;
    case Node::Kind::kAwait: return v1::Step::AWAIT;
    case Node::Kind::kSleep: return v1::Step::SLEEP;
    case Node::Kind::kChild: return v1::Step::CHILD;
    // Nothing is recorded of these.
    case Node::Kind::kSequence:
    case Node::Kind::kParallel:
    case Node::Kind::kTurnBack: break;
  }
  return v1::Step::KIND_UNSPECIFIED;
}

void AddNode(const Node& node, const v1::StepState& state, v1::Step& step) {
  step.set_kind(ToKind(node.kind));
  if (node.repeat.has_value()) step.set_otherwise(ToOtherwise(node.repeat->otherwise));
  if (node.await.has_value() && node.await->Ends()) {
    step.set_otherwise(ToOtherwise(node.await->otherwise));
  }
  if (!node.child.has_value()) return;
  step.set_child_definition(fmt::format("{}@{}", node.child->definition, node.child->version));
  step.set_child_state_json(StateAsJson(node.child->state_type, state.state()));
}

}  // namespace

v1::Saga ToSaga(const v1::SagaRecord& record, const Registry& registry, Detail detail) {
  return ToSaga(record, registry.Find(record.definition(), record.definition_version()), detail);
}

v1::Saga ToSaga(const v1::SagaRecord& record, const Definition* definition, Detail detail) {
  v1::Saga saga;
  saga.set_id(record.id());
  saga.set_definition(record.definition());
  saga.set_definition_version(record.definition_version());
  saga.set_status(record.status());
  saga.set_paused(record.paused());
  if (record.has_cause()) *saga.mutable_cause() = record.cause();
  *saga.mutable_labels() = record.labels();
  if (record.created_us() != 0) SetTime(record.created_us(), *saga.mutable_create_time());
  if (record.updated_us() != 0) SetTime(record.updated_us(), *saga.mutable_update_time());
  if (record.finished_us() != 0) SetTime(record.finished_us(), *saga.mutable_finish_time());
  if (record.deadline_us() != 0) SetTime(record.deadline_us(), *saga.mutable_deadline());
  if (record.due_us() != 0) SetTime(record.due_us(), *saga.mutable_due_time());
  saga.set_revision(record.revision());
  saga.set_shard(record.shard());
  saga.set_epoch(record.epoch());
  if (record.status() == v1::Saga::DEAD_LETTERED) {
    saga.set_dead_letter_id(DeadLetterId(record.id(), record.dead_letters()));
  }
  saga.set_tier(record.tier());
  if (record.start_us() != 0) SetTime(record.start_us(), *saga.mutable_start_time());
  saga.set_exclusive_key(record.exclusive_key());
  saga.set_queued(record.queued());
  if (detail == Detail::kRow) return saga;
  for (const v1::StepState& state : record.steps()) {
    v1::Step& step = *saga.add_steps();
    ToStep(state, step);
    const Node* node = definition == nullptr ? nullptr : FindNode(*definition, state.path());
    if (node != nullptr) AddNode(*node, state, step);
  }
  for (const v1::StoredSignal& signal : record.signals()) {
    if (!signal.taken_by().empty()) continue;
    v1::KeptSignal& kept = *saga.add_kept_signals();
    kept.set_id(signal.id());
    kept.set_name(signal.name());
  }
  if (definition == nullptr) return saga;
  saga.mutable_state()->set_type_url("type.googleapis.com/" + definition->state_type);
  saga.mutable_state()->set_value(record.state());
  saga.set_state_json(StateAsJson(definition->state_type, record.state()));
  return saga;
}

v1::DeadLetter ToDeadLetter(const v1::DeadLetterRecord& record) {
  v1::DeadLetter letter;
  letter.set_id(DeadLetterId(record.saga_id(), record.number()));
  letter.set_saga_id(record.saga_id());
  letter.set_definition(record.definition());
  letter.set_definition_version(record.definition_version());
  letter.set_step(record.step());
  letter.set_phase(record.phase());
  *letter.mutable_cause() = record.cause();
  letter.set_attempts(record.attempts());
  if (record.created_us() != 0) SetTime(record.created_us(), *letter.mutable_create_time());
  if (record.closed_us() != 0) SetTime(record.closed_us(), *letter.mutable_close_time());
  // Stored as the audit's verb.
  constexpr std::string_view kPrefix = "dead-letter.";
  const std::string& verb = record.closed_by();
  letter.set_closed_by(verb.compare(0, kPrefix.size(), kPrefix) == 0 ? verb.substr(kPrefix.size())
                                                                     : verb);
  letter.set_close_actor(record.close_actor());
  letter.set_close_reason(record.close_reason());
  return letter;
}

v1::AuditEntry ToAuditEntry(const v1::AuditRecord& record) {
  v1::AuditEntry entry;
  entry.set_id(fmt::format("{}/{}", record.saga_id(), record.revision()));
  SetTime(record.at_us(), *entry.mutable_time());
  entry.set_saga_id(record.saga_id());
  entry.set_verb(record.verb());
  entry.set_actor(record.actor());
  entry.set_reason(record.reason());
  if (record.dead_letter() != 0)
    entry.set_dead_letter_id(DeadLetterId(record.saga_id(), record.dead_letter()));
  entry.set_result(record.result());
  return entry;
}

v1::Step::Otherwise ToOtherwise(Fallback fallback) {
  switch (fallback) {
    case Fallback::kCompensate: return v1::Step::COMPENSATE;
    case Fallback::kContinue: return v1::Step::CONTINUE;
    case Fallback::kDeadLetter: return v1::Step::DEAD_LETTER;
  }
  return v1::Step::OTHERWISE_UNSPECIFIED;
}

std::string StateAsJson(const std::string& type, const std::string& bytes) {
  const auto* descriptor = DescriptorPool::generated_pool()->FindMessageTypeByName(type);
  if (descriptor == nullptr) return "";
  const std::unique_ptr<google::protobuf::Message> message(
      MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
  std::string json;
  if (!message->ParsePartialFromString(bytes)) return "";
  if (!google::protobuf::util::MessageToJsonString(*message, &json).ok()) return "";
  return json.size() <= kMostJson ? json : "";
}

std::string DeadLetterId(std::string_view saga_id, int number) {
  return fmt::format("{}/{}", saga_id, number);
}

std::optional<std::pair<std::string, int>> ParseDeadLetterId(std::string_view id) {
  if (id.empty()) return std::nullopt;
  const size_t slash = id.find('/');
  if (slash == std::string_view::npos) return std::pair(std::string(id), 0);
  const std::string_view digits = id.substr(slash + 1);
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (slash == 0 || error != std::errc() || end != digits.data() + digits.size() || number <= 0) {
    return std::nullopt;
  }
  return std::pair(std::string(id.substr(0, slash)), number);
}

bool HasEnded(v1::Saga::Status status) {
  return status == v1::Saga::COMPLETED || status == v1::Saga::COMPENSATED ||
         status == v1::Saga::RESOLVED;
}

bool IsSettled(v1::Saga::Status status) {
  return HasEnded(status) || status == v1::Saga::DEAD_LETTERED;
}

}  // namespace skald::server
