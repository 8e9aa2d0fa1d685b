// Authors' functions with their types erased, and how they become functions of a Scope: parsed,
// called, caught, serialized. Part of sagas/flow.h; authors never name it.
//
// Pure. The functions that are returned may be called from any thread.
#ifndef SKALD_SAGAS_FLOW_FUNCTIONS_H_
#define SKALD_SAGAS_FLOW_FUNCTIONS_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sagas/definition.h"
#include "sagas/flow_frame.h"

namespace skald::internal {

// These may throw.
using MakeFn = std::function<void(const Frame& frame, google::protobuf::Message& made)>;
// Changes what the frame is of.
using KeepFn = std::function<void(const google::protobuf::Message& reply, const Frame& frame)>;
// The same, of an answer without a reply.
using NoteFn = std::function<void(const Frame& frame)>;
using GuardFn = std::function<bool(const Frame& frame)>;
using TimeFn = std::function<absl::StatusOr<absl::Time>(const Frame& frame, absl::Time now)>;
using KeyFn = std::function<std::string(const Frame& frame)>;

struct TypedCall {
  // "/shop.v1.Inventory/Reserve", as the C++ namespaces spell it.
  std::string method;
  // Default instances: they know their descriptors and make new messages.
  const google::protobuf::Message* request = nullptr;
  const google::protobuf::Message* response = nullptr;
  MakeFn make;
  // Empty: the reply is checked, but nothing of it is kept.
  KeepFn keep;
};

struct TypedChild {
  std::string definition;
  int version = 0;
  // A default instance.
  const google::protobuf::Message* state = nullptr;
  MakeFn make;
  // Empty: nothing of it is kept.
  KeepFn keep;
};

// Functions as Definition has them. `what` names the function, or what it is about, in errors: "the
// guard of 'express'".
std::function<absl::StatusOr<std::string>(const Scope&)> BindMake(
    Surroundings surroundings, const google::protobuf::Message& made, MakeFn make,
    std::string what);

// Bytes that are no `reply` are answered with `unparsed`.
std::function<absl::StatusOr<std::string>(const Scope&, std::string_view)> BindKeep(
    Surroundings surroundings, const google::protobuf::Message& reply, KeepFn keep,
    std::string what, absl::StatusCode unparsed);

std::function<absl::StatusOr<std::string>(const Scope&)> BindNote(Surroundings surroundings,
                                                                  NoteFn note, std::string what);

std::function<absl::StatusOr<bool>(const Scope&)> BindGuard(Surroundings surroundings,
                                                            GuardFn guard, std::string what);

std::function<absl::StatusOr<absl::Time>(const Scope&, absl::Time)> BindTime(
    Surroundings surroundings, TimeFn time, std::string what);

std::function<absl::StatusOr<std::string>(std::string_view state)> BindKey(
    Surroundings surroundings, KeyFn key, std::string what);

// The call, with the names that the .proto file gives it. `step` is its path. What is wrong with it
// is put into `error`.
Call BindCall(const Surroundings& surroundings, TypedCall call, const std::string& step,
              std::string& error);

}  // namespace skald::internal

#endif  // SKALD_SAGAS_FLOW_FUNCTIONS_H_
