#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string_view>
#include <utility>

#include "base/status.h"
#include "sagas/flow_builder.h"
#include "sagas/flow_time.h"
#include "sagas/link.h"

namespace skald::internal {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const std::string& TypeName(const Message& message) { return message.GetDescriptor()->full_name(); }

// As the .proto file spells it.
std::string ElementType(const FieldDescriptor& field) {
  if (field.message_type() != nullptr) return field.message_type()->full_name();
  if (field.enum_type() != nullptr) return field.enum_type()->full_name();
  return field.type_name();
}

std::string_view ServiceOf(std::string_view method) { return method.substr(0, method.rfind('/')); }

}  // namespace

NodeBuilder::NodeBuilder(Node::Kind kind, std::string name, const NodeBuilder* parent,
                         Surroundings surroundings)
    : surroundings_(std::move(surroundings)), inside_(surroundings_) {
  node_.kind = kind;
  node_.path =
      parent == nullptr || parent->node_.path.empty() ? name : parent->node_.path + "/" + name;
  node_.name = std::move(name);
  node_.compensation_retry = DefaultCompensationRetry();
}

NodeBuilder& NodeBuilder::Add(Node::Kind kind, std::string name) {
  return children_.emplace_back(kind, std::move(name), this, inside_);
}

Call NodeBuilder::Bind(TypedCall typed) {
  std::string error;
  Call call = BindCall(surroundings_, std::move(typed), node_.path, error);
  if (!error.empty()) errors_.push_back(std::move(error));
  return call;
}

void NodeBuilder::SetAction(TypedCall call) {
  if (node_.action.has_value()) {
    errors_.push_back(fmt::format("step '{}' has two Calls: make two steps of it", node_.path));
  }
  node_.action = Bind(std::move(call));
  last_call_ = &*node_.action;
}

void NodeBuilder::SetCompensation(TypedCall call) {
  if (node_.compensation.has_value()) {
    errors_.push_back(
        fmt::format("step '{}' has two Compensates: a step has one compensation", node_.path));
  }
  node_.compensation = Bind(std::move(call));
  last_call_ = &*node_.compensation;
}

void NodeBuilder::SetParticipant(std::string participant) {
  last_call_->participant = std::move(participant);
  if (node_.compensation.has_value()) compensation_has_participant_ = true;
}

void NodeBuilder::SetOutcome(absl::StatusCode code, Outcome outcome, NoteFn note) {
  if (!last_call_->outcomes.try_emplace(code, outcome).second) {
    errors_.push_back(fmt::format("step '{}' maps {} of '{}' twice: say once what it comes to",
                                  node_.path, CodeName(code), last_call_->method));
  }
  if (!note) return;
  last_call_->keep_mapped[code] =
      BindNote(surroundings_, std::move(note),
               fmt::format("what is kept of {} of '{}' (step '{}')", CodeName(code),
                           last_call_->method, node_.path));
}

void NodeBuilder::SetGuard(GuardFn guard) {
  node_.guard =
      BindGuard(surroundings_, std::move(guard), fmt::format("the guard of '{}'", node_.path));
}

void NodeBuilder::SetActionRetry(RetryPolicy policy) {
  node_.action_retry = policy;
  node_.has_action_retry = true;
}

void NodeBuilder::SetForEach(Repeated repeated) {
  ForEachPart& part = node_.for_each.emplace();
  const FieldDescriptor* const field = FindField(repeated);
  repeated.field = field;
  if (field == nullptr) {
    errors_.push_back(
        fmt::format("for-each '{}' goes over what is no repeated field of {}: give it the "
                    "generated getter of one",
                    node_.path, TypeName(*repeated.owner)));
    return;
  }
  if (repeated.as_enum != nullptr && repeated.as_enum != field->enum_type()) {
    errors_.push_back(fmt::format(
        "for-each '{}' looks at the elements of '{}' as {}, and they are {}: name their own type",
        node_.path, field->name(), repeated.as_enum->full_name(), ElementType(*field)));
  }
  part.field = field->name();
  part.element_type = ElementType(*field);
  part.count = [surroundings = surroundings_, field,
                what = fmt::format("the number of elements of '{}'", node_.path)](
                   const Scope& scope) { return CountElements(surroundings, field, scope, what); };
  inside_.loops.push_back(std::move(repeated));
}

void NodeBuilder::SetUntil(GuardFn until) {
  node_.repeat.emplace().until =
      BindGuard(surroundings_, std::move(until), fmt::format("the Until of '{}'", node_.path));
}

void NodeBuilder::SetMost(int rounds, Fallback otherwise) {
  node_.repeat->most = rounds;
  node_.repeat->otherwise = otherwise;
}

void NodeBuilder::SetAwait(const Message& message, KeepFn keep) {
  AwaitPart& part = node_.await.emplace();
  part.message_type = TypeName(message);
  part.keep = BindKeep(surroundings_, message, std::move(keep),
                       fmt::format("the signal of '{}'", node_.path), StatusCode::kDataLoss);
}

void NodeBuilder::SetWithin(absl::Duration within, Fallback otherwise) {
  node_.await->within = within;
  node_.await->until = {};
  node_.await->otherwise = otherwise;
}

void NodeBuilder::SetAwaitUntil(TimeFn until, Fallback otherwise) {
  SetWithin(absl::InfiniteDuration(), otherwise);
  node_.await->until =
      BindTime(surroundings_, std::move(until), fmt::format("the end of '{}'", node_.path));
}

void NodeBuilder::SetSleep(absl::Duration duration) {
  if (duration < absl::ZeroDuration() || duration == absl::InfiniteDuration()) {
    const std::string text = absl::FormatDuration(duration);
    errors_.push_back(fmt::format(
        "sleep '{}' is to last {}: say how long, from 0 on; for an open end use an Await",
        node_.path, text));
  }
  SetSleep([duration](const Frame&, absl::Time now) { return EndOf(duration, now); });
  node_.sleep->text = absl::FormatDuration(duration);
}

void NodeBuilder::SetSleep(TimeFn until) {
  SleepPart& part = node_.sleep.emplace();
  part.until =
      BindTime(surroundings_, std::move(until), fmt::format("the end of '{}'", node_.path));
  part.text = "a time of the state";
}

void NodeBuilder::SetChild(TypedChild child) {
  ChildPart& part = node_.child.emplace();
  part.definition = std::move(child.definition);
  part.version = child.version;
  part.state_type = TypeName(*child.state);
  part.make_state = BindMake(surroundings_, *child.state, std::move(child.make),
                             fmt::format("the first state of child '{}'", node_.path));
  // What does not parse here was stored by us: INTERNAL, as for any state.
  part.keep_state =
      BindKeep(surroundings_, *child.state, std::move(child.keep),
               fmt::format("the last state of child '{}'", node_.path), StatusCode::kInternal);
}

Node NodeBuilder::Finish(std::vector<std::string>& errors) {
  errors.insert(errors.end(), errors_.begin(), errors_.end());
  if (node_.action.has_value() && node_.compensation.has_value() &&
      !compensation_has_participant_ &&
      ServiceOf(node_.action->method) == ServiceOf(node_.compensation->method)) {
    node_.compensation->participant = node_.action->participant;
  }
  for (NodeBuilder& child : children_) node_.children.push_back(child.Finish(errors));
  return std::move(node_);
}

FlowBuilder::FlowBuilder(std::string name, int version, const Message& state)
    : state_(&state),
      root_(Node::Kind::kSequence, "", nullptr, {.state = &state, .loops = {}}),
      scope_(&root_) {
  definition_.name = std::move(name);
  definition_.version = version;
  definition_.state_type = TypeName(state);
}

void FlowBuilder::SetExclusive(KeyFn key, ExclusiveKey::WhenTaken when_taken) {
  if (definition_.exclusive.has_value()) {
    errors_.push_back("Exclusive is said twice: a saga holds one key");
  }
  definition_.exclusive.emplace().key =
      BindKey({.state = state_, .loops = {}}, std::move(key), "the exclusive key");
  definition_.exclusive->when_taken = when_taken;
}

Definition FlowBuilder::Build() {
  definition_.root = root_.Finish(errors_);
  definition_.builder_errors = std::move(errors_);
  Settle(definition_);
  return std::move(definition_);
}

}  // namespace skald::internal
