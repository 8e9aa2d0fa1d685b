// Checks authors' functions against the messages that they are for, in our own words, and erases
// the types. Part of sagas/flow.h; authors never name it. Pure.
//
// State: of the flow. Element: of the innermost for-each around; void outside of one.
#ifndef SKALD_SAGAS_FLOW_BIND_H_
#define SKALD_SAGAS_FLOW_BIND_H_

#include <google/protobuf/generated_enum_reflection.h>

#include <concepts>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/time/time.h"
#include "sagas/flow_functions.h"
#include "sagas/flow_time.h"
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

template <typename Element>
decltype(auto) ElementOf(const Frame& frame) {
  if constexpr (ProtoMessage<Element>) {
    return static_cast<const Element&>(*frame.message);
  } else if constexpr (std::is_enum_v<Element>) {
    return static_cast<Element>(*static_cast<const int*>(frame.value));
  } else {
    return *static_cast<const Element*>(frame.value);
  }
}

template <typename Function>
inline constexpr bool kFixesParameters = FixedParameters<Function>;

// What a function may look at: the state; in a for-each the element, or the state and the element.
template <typename State, typename Element, typename Function>
inline constexpr bool kReads = std::is_invocable_v<const Function&, const Element&> ||
                               std::is_invocable_v<const Function&, const State&, const Element&>;
template <typename State, typename Function>
inline constexpr bool kReads<State, void, Function> =
    std::is_invocable_v<const Function&, const State&>;

template <typename State, typename Element, typename Function>
auto Read(const Function& function, const Frame& frame) {
  const auto& state = static_cast<const State&>(frame.state);
  if constexpr (std::is_void_v<Element>) {
    return std::invoke(function, state);
  } else if constexpr (std::is_invocable_v<const Function&, const Element&>) {
    return std::invoke(function, ElementOf<Element>(frame));
  } else {
    return std::invoke(function, state, ElementOf<Element>(frame));
  }
}

template <typename State, typename Element, typename Function>
using ReadResult =
    decltype(Read<State, Element>(std::declval<const Function&>(), std::declval<const Frame&>()));

// Of a function that makes a `Made` of what it reads.
template <typename State, typename Element, typename Made, typename Make>
MakeFn EraseMake(Make make) {
  return [make = std::move(make)](const Frame& frame, google::protobuf::Message& made) {
    static_cast<Made&>(made) = Read<State, Element>(make, frame);
  };
}

template <typename State, typename Element, typename Request, typename Make>
MakeFn TypeMake(Make make) {
  constexpr bool kCallable = kReads<State, Element, Make>;
  static_assert(kCallable,
                "skald: the function that makes a request must be Request(const State&); in a "
                "ForEach, Request(const Element&) or Request(const State&, const Element&)");
  if constexpr (kCallable) {
    constexpr bool kReturnsRequest = std::is_same_v<ReadResult<State, Element, Make>, Request>;
    static_assert(kReturnsRequest,
                  "skald: this function makes a request of another type than the method takes");
    if constexpr (kReturnsRequest) return EraseMake<State, Element, Request>(std::move(make));
  }
  return {};
}

// What a keep function writes to.
enum class Keeps {
  // It has another shape.
  kNowhere,
  kState,
  kElement,
  kBoth,
  // To a string or a number: that would not come to the state.
  kValue,
};

template <typename State, typename Element, typename Reply, typename Keep>
constexpr Keeps KeepsIn() {
  if constexpr (std::is_void_v<Element>) {
    return std::is_invocable_v<const Keep&, const Reply&, State&> ? Keeps::kState : Keeps::kNowhere;
  } else if constexpr (ProtoMessage<Element>) {
    if constexpr (std::is_invocable_v<const Keep&, const Reply&, Element&>) {
      return Keeps::kElement;
    } else {
      return std::is_invocable_v<const Keep&, const Reply&, State&, Element&> ? Keeps::kBoth
                                                                              : Keeps::kNowhere;
    }
  } else if constexpr (std::is_invocable_v<const Keep&, const Reply&, State&, const Element&>) {
    return Keeps::kBoth;
  } else {
    return std::is_invocable_v<const Keep&, const Reply&, Element&> ||
                   std::is_invocable_v<const Keep&, const Reply&, State&, Element&>
               ? Keeps::kValue
               : Keeps::kNowhere;
  }
}

// Nothing that the function may write to is written to: it was given a copy, or a const&.
template <typename State, typename Element, typename Reply, typename Keep>
constexpr bool LosesWhatItKeeps() {
  if constexpr (!kFixesParameters<Keep>) {
    return false;
  } else if constexpr (std::is_void_v<Element>) {
    return std::is_invocable_v<const Keep&, const Reply&, const State&>;
  } else {
    return std::is_invocable_v<const Keep&, const Reply&, const Element&> ||
           std::is_invocable_v<const Keep&, const Reply&, const State&, const Element&>;
  }
}

template <Keeps kIn, typename State, typename Element, typename Reply, typename Keep>
auto InvokeKeep(const Keep& keep, const Reply& reply, const Frame& frame) {
  auto& state = static_cast<State&>(frame.state);
  if constexpr (kIn == Keeps::kState) {
    return std::invoke(keep, reply, state);
  } else if constexpr (kIn == Keeps::kElement) {
    return std::invoke(keep, reply, static_cast<Element&>(*frame.message));
  } else if constexpr (ProtoMessage<Element>) {
    return std::invoke(keep, reply, state, static_cast<Element&>(*frame.message));
  } else {
    // A copy: it may move when the state is changed.
    const Element element = ElementOf<Element>(frame);
    return std::invoke(keep, reply, state, element);
  }
}

template <Keeps kIn, typename State, typename Element, typename Reply, typename Keep>
constexpr void CheckKeep() {
  using Result = decltype(InvokeKeep<kIn, State, Element, Reply>(
      std::declval<const Keep&>(), std::declval<const Reply&>(), std::declval<const Frame&>()));
  static_assert(std::is_void_v<Result>,
                "skald: a keep function must return void: nobody would look at what it returns");
  static_assert(!LosesWhatItKeeps<State, Element, Reply, Keep>(),
                "skald: a keep function must take the state as State& (in a ForEach, the state "
                "or the element): what it does to a copy is lost");
}

// Whoever calls it has refused Keeps::kNowhere.
template <typename State, typename Element, typename Reply, typename Keep>
KeepFn EraseKeep(Keep keep) {
  constexpr Keeps kIn = KeepsIn<State, Element, Reply, Keep>();
  static_assert(kIn != Keeps::kValue,
                "skald: an element that is no message cannot be changed: keep what you need in the "
                "state, with void(const Response&, State&, const Element&)");
  if constexpr (kIn != Keeps::kValue) {
    CheckKeep<kIn, State, Element, Reply, Keep>();
    return [keep = std::move(keep)](const google::protobuf::Message& reply, const Frame& frame) {
      InvokeKeep<kIn, State, Element, Reply>(keep, static_cast<const Reply&>(reply), frame);
    };
  }
  return {};
}

template <typename State, typename Element, typename Response, typename Keep>
KeepFn TypeKeep(Keep keep) {
  if constexpr (!std::is_same_v<Keep, KeepNothing>) {
    constexpr bool kKeeps = KeepsIn<State, Element, Response, Keep>() != Keeps::kNowhere;
    static_assert(kKeeps,
                  "skald: the function that keeps a reply must be void(const Response&, State&), "
                  "with the Response of this method; in a ForEach, void(const Response&, Element&) "
                  "or void(const Response&, State&, Element&)");
    if constexpr (kKeeps) return EraseKeep<State, Element, Response>(std::move(keep));
  }
  return {};
}

// A keep function of an answer without a reply, as if there were one.
struct NoReply {};
template <typename Keep>
struct WithoutReply {
  template <typename... Kept>
  requires std::is_invocable_v<const Keep&, Kept...>
  auto operator()(const NoReply&, Kept&&... kept) const {
    return std::invoke(keep, std::forward<Kept>(kept)...);
  }
  Keep keep;
};
template <typename Keep>
inline constexpr bool kFixesParameters<WithoutReply<Keep>> = FixedParameters<Keep>;

template <typename State, typename Element, typename Keep>
NoteFn TypeNote(Keep keep) {
  if constexpr (!std::is_same_v<Keep, KeepNothing>) {
    using Note = WithoutReply<Keep>;
    constexpr Keeps kIn = KeepsIn<State, Element, NoReply, Note>();
    constexpr bool kKeeps = kIn != Keeps::kNowhere && kIn != Keeps::kValue;
    static_assert(kKeeps,
                  "skald: what Map keeps of an answer has no reply, so its function must be "
                  "void(State&); in a ForEach, void(Element&) or void(State&, Element&), with a "
                  "const Element& where that is no message");
    if constexpr (kKeeps) {
      CheckKeep<kIn, State, Element, NoReply, Note>();
      return [note = Note{std::move(keep)}](const Frame& frame) {
        InvokeKeep<kIn, State, Element, NoReply>(note, NoReply(), frame);
      };
    }
  }
  return {};
}

template <typename State, typename Element, typename Message, typename Keep>
KeepFn TypeKeepSignal(Keep keep) {
  if constexpr (!std::is_same_v<Keep, KeepNothing>) {
    constexpr bool kKeeps = KeepsIn<State, Element, Message, Keep>() != Keeps::kNowhere;
    static_assert(kKeeps,
                  "skald: the function that keeps a signal must be void(const Message&, State&), "
                  "with the Message of this Await; in a ForEach, void(const Message&, Element&) or "
                  "void(const Message&, State&, Element&)");
    if constexpr (kKeeps) return EraseKeep<State, Element, Message>(std::move(keep));
  }
  return {};
}

template <typename State, typename Element, auto kMethod, typename Make, typename Keep>
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
    call.make = TypeMake<State, Element, Request>(std::move(make));
    call.keep = TypeKeep<State, Element, Response>(std::move(keep));
  }
  return call;
}

template <typename State, typename Element, typename ChildState, typename Make, typename Keep>
TypedChild TypeChild(Make make, Keep keep) {
  static_assert(ProtoMessage<ChildState>,
                "skald: the state of a Child must be a generated protobuf message, the other "
                "definition's State");
  TypedChild child;
  if constexpr (ProtoMessage<ChildState> && ProtoMessage<State>) {
    child.state = &ChildState::default_instance();
    constexpr bool kCallable = kReads<State, Element, Make>;
    static_assert(kCallable,
                  "skald: the function that makes a child's state must be "
                  "ChildState(const State&); in a ForEach, ChildState(const Element&) or "
                  "ChildState(const State&, const Element&)");
    if constexpr (kCallable) {
      constexpr bool kReturnsState = std::is_same_v<ReadResult<State, Element, Make>, ChildState>;
      static_assert(kReturnsState,
                    "skald: this function makes a state of another type than the Child is of");
      if constexpr (kReturnsState) {
        child.make = EraseMake<State, Element, ChildState>(std::move(make));
      }
    }
    if constexpr (!std::is_same_v<Keep, KeepNothing>) {
      constexpr bool kKeeps = KeepsIn<State, Element, ChildState, Keep>() != Keeps::kNowhere;
      static_assert(kKeeps,
                    "skald: the function that keeps a child's state must be "
                    "void(const ChildState&, State&); in a ForEach, "
                    "void(const ChildState&, Element&) or void(const ChildState&, State&, "
                    "Element&)");
      if constexpr (kKeeps) child.keep = EraseKeep<State, Element, ChildState>(std::move(keep));
    }
  }
  return child;
}

// Of a guard and of an Until.
template <typename State, typename Element, typename Guard>
GuardFn TypeGuard(Guard guard) {
  constexpr bool kCallable = kReads<State, Element, Guard>;
  static_assert(kCallable,
                "skald: a guard or an Until must be bool(const State&); in a ForEach, bool(const "
                "Element&) or "
                "bool(const State&, const Element&)");
  if constexpr (kCallable) {
    // Exactly bool: a pointer or an optional<bool> would convert, and hardly be meant.
    constexpr bool kReturnsBool = std::is_same_v<ReadResult<State, Element, Guard>, bool>;
    static_assert(kReturnsBool,
                  "skald: a guard or an Until must return bool, and nothing that converts to it");
    if constexpr (kReturnsBool) {
      return [guard = std::move(guard)](const Frame& frame) {
        return Read<State, Element>(guard, frame);
      };
    }
  }
  return {};
}

// Of a Sleep.
template <typename State, typename Element, typename Function>
TimeFn TypeDuration(Function function) {
  constexpr bool kCallable = kReads<State, Element, Function>;
  static_assert(kCallable,
                "skald: a Sleep takes an absl::Duration, or a function "
                "absl::Duration(const State&); in a ForEach, absl::Duration(const Element&) or "
                "absl::Duration(const State&, const Element&)");
  if constexpr (kCallable) {
    using Result = ReadResult<State, Element, Function>;
    constexpr bool kReturnsDuration = std::is_same_v<Result, absl::Duration> ||
                                      std::is_same_v<Result, google::protobuf::Duration>;
    static_assert(kReturnsDuration,
                  "skald: the function of a Sleep must return an absl::Duration or a "
                  "google.protobuf.Duration");
    if constexpr (kReturnsDuration) {
      return [function = std::move(function)](const Frame& frame, absl::Time now) {
        return EndOf(Read<State, Element>(function, frame), now);
      };
    }
  }
  return {};
}

// Of a SleepUntil, or an Await that ends then.
template <typename State, typename Element, typename Function>
TimeFn TypeTime(Function function) {
  constexpr bool kCallable = kReads<State, Element, Function>;
  static_assert(kCallable,
                "skald: the function of a SleepUntil or an Await's Until must be absl::Time(const "
                "State&); in a ForEach, absl::Time(const Element&) or absl::Time(const State&, "
                "const Element&)");
  if constexpr (kCallable) {
    using Result = ReadResult<State, Element, Function>;
    constexpr bool kReturnsTime =
        std::is_same_v<Result, absl::Time> || std::is_same_v<Result, google::protobuf::Timestamp>;
    static_assert(
        kReturnsTime,
        "skald: the function of a SleepUntil or an Await's Until must return an absl::Time "
        "or a google.protobuf.Timestamp");
    if constexpr (kReturnsTime) {
      return [function = std::move(function)](const Frame& frame, absl::Time) {
        return EndAt(Read<State, Element>(function, frame));
      };
    }
  }
  return {};
}

template <typename State, typename Function>
KeyFn TypeKey(Function key) {
  constexpr bool kCallable = kReads<State, void, Function>;
  static_assert(kCallable, "skald: an exclusive key must be std::string(const State&)");
  if constexpr (kCallable) {
    constexpr bool kReturnsString = std::is_same_v<ReadResult<State, void, Function>, std::string>;
    static_assert(kReturnsString,
                  "skald: an exclusive key must be a std::string: put numbers into one");
    if constexpr (kReturnsString) {
      return [key = std::move(key)](const Frame& frame) { return Read<State, void>(key, frame); };
    }
  }
  return {};
}

template <typename Type>
concept ProtoEnum = google::protobuf::is_proto_enum<Type>::value;

// The Element of the flow that the body of a loop asks for; void if it leaves that open (auto&).
template <typename Body>
struct BodyFlow {
  using Element = void;
};
template <template <typename, typename> typename AnyFlow, typename State, typename OfFlow>
struct BodyFlow<void (*)(AnyFlow<State, OfFlow>&)> {
  using Element = OfFlow;
};
template <template <typename, typename> typename AnyFlow, typename Object, typename State,
          typename OfFlow>
struct BodyFlow<void (Object::*)(AnyFlow<State, OfFlow>&) const> {
  using Element = OfFlow;
};
template <typename Body>
requires requires { &Body::operator(); }
struct BodyFlow<Body> : BodyFlow<decltype(&Body::operator())> {};

template <typename Element, typename Owner, typename Field>
Repeated EraseGetter(const Field& (Owner::*getter)() const) {
  const auto get = [getter](const google::protobuf::Message& owner) -> const Field& {
    return (static_cast<const Owner&>(owner).*getter)();
  };
  Repeated repeated;
  repeated.owner = &Owner::default_instance();
  repeated.size = [get](const google::protobuf::Message& owner) { return get(owner).size(); };
  repeated.value = [get](const google::protobuf::Message& owner, int index) -> const void* {
    return &get(owner).Get(index);
  };
  if constexpr (ProtoEnum<Element>) {
    repeated.as_enum = google::protobuf::GetEnumDescriptor<Element>();
  }
  return repeated;
}

}  // namespace skald::internal

#endif  // SKALD_SAGAS_FLOW_BIND_H_
