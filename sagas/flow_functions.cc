#include "sagas/flow_functions.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstddef>
#include <exception>
#include <memory>
#include <utility>

#include "base/status.h"
#include "sagas/rpc.h"

namespace skald::internal {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

const std::string& TypeName(const Message& message) { return message.GetDescriptor()->full_name(); }

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

// Looks at a scope with an author's function that returns a Result.
template <typename Result, typename Function>
StatusOr<Result> Ask(const Surroundings& surroundings, const Scope& scope, std::string_view what,
                     const Function& function) {
  SKALD_ASSIGN_OR_RETURN(const OpenScope open, OpenScope::Open(surroundings, scope, what));
  Result result{};
  SKALD_RETURN_IF_ERROR(Guarded(what, [&] { result = function(open.Look()); }));
  return result;
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

}  // namespace

std::function<StatusOr<std::string>(const Scope&)> BindMake(Surroundings surroundings,
                                                            const Message& made, MakeFn make,
                                                            std::string what) {
  return [surroundings = std::move(surroundings), type = &made, make = std::move(make),
          what = std::move(what)](const Scope& scope) -> StatusOr<std::string> {
    SKALD_ASSIGN_OR_RETURN(const OpenScope open, OpenScope::Open(surroundings, scope, what));
    const std::unique_ptr<Message> message(type->New());
    SKALD_RETURN_IF_ERROR(Guarded(what, [&] { make(open.Look(), *message); }));
    return Serialize(*message, what);
  };
}

std::function<StatusOr<std::string>(const Scope&, std::string_view)> BindKeep(
    Surroundings surroundings, const Message& reply, KeepFn keep, std::string what,
    StatusCode unparsed) {
  return [surroundings = std::move(surroundings), type = &reply, keep = std::move(keep),
          what = std::move(what),
          unparsed](const Scope& scope, std::string_view bytes) -> StatusOr<std::string> {
    const std::unique_ptr<Message> message(type->New());
    if (!Parse(bytes, *message)) {
      return Error(unparsed, "{} does not parse as {}", what, TypeName(*message));
    }
    if (!keep) return std::string(scope.state);
    SKALD_ASSIGN_OR_RETURN(const OpenScope open, OpenScope::Open(surroundings, scope, what));
    SKALD_RETURN_IF_ERROR(Guarded(what, [&] { keep(*message, open.Look()); }));
    SKALD_RETURN_IF_ERROR(open.CheckElements(what));
    return open.Close("the state after " + what);
  };
}

std::function<StatusOr<std::string>(const Scope&)> BindNote(Surroundings surroundings, NoteFn note,
                                                            std::string what) {
  return [surroundings = std::move(surroundings), note = std::move(note),
          what = std::move(what)](const Scope& scope) -> StatusOr<std::string> {
    SKALD_ASSIGN_OR_RETURN(const OpenScope open, OpenScope::Open(surroundings, scope, what));
    SKALD_RETURN_IF_ERROR(Guarded(what, [&] { note(open.Look()); }));
    SKALD_RETURN_IF_ERROR(open.CheckElements(what));
    return open.Close("the state after " + what);
  };
}

std::function<StatusOr<bool>(const Scope&)> BindGuard(Surroundings surroundings, GuardFn guard,
                                                      std::string what) {
  return [surroundings = std::move(surroundings), guard = std::move(guard), what = std::move(what)](
             const Scope& scope) { return Ask<bool>(surroundings, scope, what, guard); };
}

std::function<StatusOr<absl::Time>(const Scope&, absl::Time)> BindTime(Surroundings surroundings,
                                                                       TimeFn time,
                                                                       std::string what) {
  return [surroundings = std::move(surroundings), time = std::move(time), what = std::move(what)](
             const Scope& scope, absl::Time now) -> StatusOr<absl::Time> {
    SKALD_ASSIGN_OR_RETURN(const OpenScope open, OpenScope::Open(surroundings, scope, what));
    StatusOr<absl::Time> end = now;
    SKALD_RETURN_IF_ERROR(Guarded(what, [&] { end = time(open.Look(), now); }));
    if (!end.ok()) return Internal("{}: {}", what, skald::Message(end.status()));
    return end;
  };
}

std::function<StatusOr<std::string>(std::string_view)> BindKey(Surroundings surroundings, KeyFn key,
                                                               std::string what) {
  return [surroundings = std::move(surroundings), key = std::move(key),
          what = std::move(what)](std::string_view state) {
    return Ask<std::string>(surroundings, {.state = state, .elements = {}}, what, key);
  };
}

Call BindCall(const Surroundings& surroundings, TypedCall typed, const std::string& step,
              std::string& error) {
  if (const MethodDescriptor* method = FindMethod(typed); method != nullptr) {
    typed.method = "/" + method->service()->full_name() + "/" + method->name();
  } else {
    error = fmt::format(
        "step '{}' calls '{}', which no linked .proto file declares with {} and {}: link the "
        "generated messages of the service, and call its own generated stub",
        step, typed.method, TypeName(*typed.request), TypeName(*typed.response));
  }
  Call call;
  call.method = typed.method;
  call.participant = DefaultParticipant(typed.method);
  call.request_type = TypeName(*typed.request);
  call.response_type = TypeName(*typed.response);
  const std::string where = fmt::format("'{}' (step '{}')", call.method, step);
  call.make_request =
      BindMake(surroundings, *typed.request, std::move(typed.make), "the request of " + where);
  call.keep_response = BindKeep(surroundings, *typed.response, std::move(typed.keep),
                                "the reply of " + where, StatusCode::kDataLoss);
  return call;
}

}  // namespace skald::internal
