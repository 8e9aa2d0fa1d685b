// Checks authors' functions against the messages of the methods that they are for, in our own
// words, and erases the types. Part of sagas/flow.h; authors never name it. Pure.
#ifndef SKALD_SAGAS_FLOW_BIND_H_
#define SKALD_SAGAS_FLOW_BIND_H_

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

#include "sagas/flow_builder.h"
#include "sagas/rpc.h"

namespace skald::internal {

// The keep function of whoever keeps nothing.
struct KeepNothing {};

template <typename State>
concept ProtoMessage = std::is_class_v<State> && requires {
  { State::default_instance() } -> std::same_as<const State&>;
} && std::is_base_of_v<google::protobuf::Message, State>;

template <typename State>
const google::protobuf::Message& StateType() {
  static_assert(ProtoMessage<State>,
                "skald: the State of a Flow must be a generated protobuf message");
  if constexpr (ProtoMessage<State>) return State::default_instance();
}

// Callables whose parameter types are fixed, so that asking whether one could be called otherwise
// instantiates no body (that of a generic lambda might not compile).
template <typename Function>
concept FixedParameters = std::is_pointer_v<Function> || requires {
  &Function::operator();
};

template <typename State, typename Request, typename Make>
MakeFn TypeMake(Make make) {
  constexpr bool kCallable = std::is_invocable_v<const Make&, const State&>;
  static_assert(kCallable,
                "skald: the function that makes a request must be Request(const State&)");
  if constexpr (kCallable) {
    constexpr bool kReturnsRequest =
        std::is_same_v<std::remove_cvref_t<std::invoke_result_t<const Make&, const State&>>,
                       Request>;
    static_assert(kReturnsRequest,
                  "skald: this function makes a request of another type than the method takes");
    if constexpr (kReturnsRequest) {
      return [make = std::move(make)](const google::protobuf::Message& state,
                                      google::protobuf::Message& request) {
        static_cast<Request&>(request) = std::invoke(make, static_cast<const State&>(state));
      };
    }
  }
  return {};
}

template <typename State, typename Response, typename Keep>
KeepFn TypeKeep(Keep keep) {
  if constexpr (std::is_same_v<Keep, KeepNothing>) {
    return {};
  } else {
    constexpr bool kCallable = std::is_invocable_v<const Keep&, const Response&, State&>;
    static_assert(kCallable,
                  "skald: the function that keeps a reply must be void(const Response&, State&), "
                  "with the Response of this method");
    if constexpr (kCallable) {
      static_assert(std::is_void_v<std::invoke_result_t<const Keep&, const Response&, State&>>,
                    "skald: the function that keeps a reply must return void: nobody would look at "
                    "what it returns");
      if constexpr (FixedParameters<Keep>) {
        static_assert(!std::is_invocable_v<const Keep&, const Response&, const State&>,
                      "skald: the function that keeps a reply must take the state as State&: what "
                      "it does to a copy is lost");
      }
      return [keep = std::move(keep)](const google::protobuf::Message& response,
                                      google::protobuf::Message& state) {
        std::invoke(keep, static_cast<const Response&>(response), static_cast<State&>(state));
      };
    }
    return {};
  }
}

template <typename State, auto kMethod, typename Make, typename Keep>
TypedCall TypeCall(Make make, Keep keep) {
  using Method = Rpc<kMethod>;
  static_assert(Method::kIsUnary,
                "skald: a step calls a unary method of a generated stub, as in "
                "&Inventory::Stub::Reserve; this one streams or is no method of a stub");
  TypedCall call;
  if constexpr (Method::kIsUnary && ProtoMessage<State>) {
    using Request = typename Method::Request;
    using Response = typename Method::Response;
    call.method = Method::Name();
    call.request = &Request::default_instance();
    call.response = &Response::default_instance();
    call.make = TypeMake<State, Request>(std::move(make));
    call.keep = TypeKeep<State, Response>(std::move(keep));
  }
  return call;
}

template <typename State, typename Guard>
GuardFn TypeGuard(Guard guard) {
  constexpr bool kCallable = std::is_invocable_v<const Guard&, const State&>;
  static_assert(kCallable, "skald: a guard must be bool(const State&)");
  if constexpr (kCallable) {
    // Exactly bool: a pointer or an optional<bool> would convert, and hardly be meant.
    constexpr bool kReturnsBool =
        std::is_same_v<std::remove_cvref_t<std::invoke_result_t<const Guard&, const State&>>, bool>;
    static_assert(kReturnsBool, "skald: a guard must return bool, and nothing that converts to it");
    if constexpr (kReturnsBool) {
      return [guard = std::move(guard)](const google::protobuf::Message& state) {
        return std::invoke(guard, static_cast<const State&>(state));
      };
    }
  }
  return {};
}

}  // namespace skald::internal

#endif  // SKALD_SAGAS_FLOW_BIND_H_
