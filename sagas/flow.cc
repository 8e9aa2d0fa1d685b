#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>

#include <cstddef>
#include <exception>
#include <limits>
#include <memory>
#include <string_view>

#include "base/status.h"
#include "sagas/flow_builder.h"
#include "sagas/link.h"
#include "sagas/rpc.h"

namespace skald::internal {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

const std::string& TypeName(const Message& message) { return message.GetDescriptor()->full_name(); }

bool Parse(std::string_view bytes, Message& message) {
  return bytes.size() <= static_cast<size_t>(std::numeric_limits<int>::max()) &&
         message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

// `what` as in "the request of '/shop.v1.Inventory/Reserve' (step 'reserve_stock')".
StatusOr<std::string> Serialize(const Message& message, std::string_view what) {
  if (!message.IsInitialized()) {
    return Internal("{} lacks required fields: {}", what, message.InitializationErrorString());
  }
  std::string bytes;
  bool written = false;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    // Equal messages must give equal bytes on every node, maps included: a repeated attempt repeats
    // its request, a replay repeats its state.
    coded.SetSerializationDeterministic(true);
    written = message.SerializePartialToCodedStream(&coded);
  }
  if (!written) return Internal("{} is too large to be serialized", what);
  return bytes;
}

// The border between authors' functions, which may throw, and the engine, which must not see it.
template <typename Function>
Status Guarded(std::string_view what, const Function& function) {
  try {
    function();
    return absl::OkStatus();
  } catch (const std::exception& error) {
    return Internal("{} threw: {}", what, error.what());
  } catch (...) {
    return Internal("{} threw something that is no std::exception", what);
  }
}

StatusOr<std::unique_ptr<Message>> ParseState(const Message& prototype, std::string_view bytes,
                                              std::string_view reader) {
  std::unique_ptr<Message> state(prototype.New());
  if (!Parse(bytes, *state)) {
    return Internal("{} cannot be made: the saga's state does not parse as {}", reader,
                    TypeName(prototype));
  }
  return state;
}

bool Matches(const MethodDescriptor* method, const TypedCall& call) {
  return method != nullptr && method->input_type() == call.request->GetDescriptor() &&
         method->output_type() == call.response->GetDescriptor();
}

// C++ may spell a package differently from the .proto file (clang leaves out inline namespaces,
// protoc appends '_' to keywords). Then the service is looked for beside its messages.
const MethodDescriptor* FindMethod(const TypedCall& call) {
  const DescriptorPool& pool = *DescriptorPool::generated_pool();
  const size_t slash = call.method.rfind('/');
  if (slash == std::string::npos || slash == 0) return nullptr;
  const std::string service = call.method.substr(1, slash - 1);
  const std::string method = call.method.substr(slash + 1);
  const MethodDescriptor* found = pool.FindMethodByName(service + "." + method);
  if (Matches(found, call)) return found;
  const size_t dot = service.rfind('.');
  const std::string last = dot == std::string::npos ? service : service.substr(dot + 1);
  for (const Message* message : {call.request, call.response}) {
    const std::string& package = message->GetDescriptor()->file()->package();
    found = pool.FindMethodByName((package.empty() ? "" : package + ".") + last + "." + method);
    if (Matches(found, call)) return found;
  }
  return nullptr;
}

std::string_view ServiceOf(std::string_view method) { return method.substr(0, method.rfind('/')); }

}  // namespace

NodeBuilder::NodeBuilder(Node::Kind kind, std::string name, const NodeBuilder* parent,
                         const Message* state)
    : state_(state) {
  node_.kind = kind;
  node_.path =
      parent == nullptr || parent->node_.path.empty() ? name : parent->node_.path + "/" + name;
  node_.name = std::move(name);
}

NodeBuilder& NodeBuilder::Add(Node::Kind kind, std::string name) {
  return children_.emplace_back(kind, std::move(name), this, state_);
}

Call NodeBuilder::Bind(TypedCall typed) {
  if (const MethodDescriptor* method = FindMethod(typed); method != nullptr) {
    typed.method = "/" + method->service()->full_name() + "/" + method->name();
  } else {
    errors_.push_back(fmt::format(
        "step '{}' calls '{}', which no linked .proto file declares with {} and {}: link the "
        "generated messages of the service, and call its own generated stub",
        node_.path, typed.method, TypeName(*typed.request), TypeName(*typed.response)));
  }
  Call call;
  call.method = typed.method;
  call.participant = DefaultParticipant(typed.method);
  call.request_type = TypeName(*typed.request);
  call.response_type = TypeName(*typed.response);
  const std::string where = fmt::format("'{}' (step '{}')", call.method, node_.path);
  call.make_request =
      [state_type = state_, request_type = typed.request, make = std::move(typed.make),
       what = "the request of " + where](const Scope& scope) -> StatusOr<std::string> {
    SKALD_ASSIGN_OR_RETURN(const std::unique_ptr<Message> state,
                           ParseState(*state_type, scope.state, what));
    const std::unique_ptr<Message> request(request_type->New());
    SKALD_RETURN_IF_ERROR(Guarded(what, [&] { make(*state, *request); }));
    return Serialize(*request, what);
  };
  call.keep_response = [state_type = state_, response_type = typed.response,
                        keep = std::move(typed.keep), what = "the reply of " + where](
                           const Scope& scope,
                           std::string_view response_bytes) -> StatusOr<std::string> {
    const std::unique_ptr<Message> response(response_type->New());
    if (!Parse(response_bytes, *response)) {
      return Error(StatusCode::kDataLoss, "{} does not parse as {}", what, TypeName(*response));
    }
    if (!keep) return std::string(scope.state);
    SKALD_ASSIGN_OR_RETURN(const std::unique_ptr<Message> state,
                           ParseState(*state_type, scope.state, what));
    SKALD_RETURN_IF_ERROR(Guarded(what, [&] { keep(*response, *state); }));
    return Serialize(*state, "the state after " + what);
  };
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

void NodeBuilder::SetGuard(GuardFn guard) {
  node_.guard =
      [state_type = state_, guard = std::move(guard),
       what = fmt::format("the guard of '{}'", node_.path)](const Scope& scope) -> StatusOr<bool> {
    SKALD_ASSIGN_OR_RETURN(const std::unique_ptr<Message> state,
                           ParseState(*state_type, scope.state, what));
    bool holds = false;
    SKALD_RETURN_IF_ERROR(Guarded(what, [&] { holds = guard(*state); }));
    return holds;
  };
}

Node NodeBuilder::Finish(Remarks& remarks) {
  remarks.errors.insert(remarks.errors.end(), errors_.begin(), errors_.end());
  if (node_.action.has_value() && node_.compensation.has_value() &&
      !compensation_has_participant_ &&
      ServiceOf(node_.action->method) == ServiceOf(node_.compensation->method)) {
    node_.compensation->participant = node_.action->participant;
  }
  node_.compensation_retry = compensation_retry_.value_or(DefaultCompensationRetry());
  for (NodeBuilder& child : children_) node_.children.push_back(child.Finish(remarks));
  return std::move(node_);
}

FlowBuilder::FlowBuilder(std::string name, int version, const Message& state)
    : root_(Node::Kind::kSequence, "", nullptr, &state), scope_(&root_) {
  definition_.name = std::move(name);
  definition_.version = version;
  definition_.state_type = TypeName(state);
}

Definition FlowBuilder::Build() {
  NodeBuilder::Remarks remarks;
  definition_.root = root_.Finish(remarks);
  definition_.builder_errors = std::move(remarks.errors);
  Settle(definition_);
  return std::move(definition_);
}

}  // namespace skald::internal
