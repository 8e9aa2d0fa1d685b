// Nodes of small definitions for the engine's tests, on a state of raw bytes that nothing changes:
//
//   nodes::Tree("refund", 1, {nodes::Parallel("both", {nodes::Step("a"), nodes::Step("b")})})
#ifndef SKALD_ENGINE_RUNTIME_NODES_HARNESS_H_
#define SKALD_ENGINE_RUNTIME_NODES_HARNESS_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "sagas/definition.h"

namespace skald::runtime::nodes {

inline constexpr char kType[] = "google.protobuf.StringValue";
// Has a repeated field.
inline constexpr char kListType[] = "google.protobuf.FieldMask";

inline absl::StatusOr<std::string> Unchanged(const Scope& scope, std::string_view) {
  return std::string(scope.state);
}

inline absl::StatusOr<std::string> StateOf(const Scope& scope) { return std::string(scope.state); }

inline Call MakeCall(const std::string& method) {
  return {.participant = "test",
          .method = "/test/" + method,
          .request_type = kType,
          .response_type = kType,
          .make_request = StateOf,
          .keep_response = Unchanged};
}

inline Node Inner(Node::Kind kind, const std::string& name, std::vector<Node> children) {
  Node node{.kind = kind, .name = name};
  node.children = std::move(children);
  return node;
}

inline Definition Tree(const std::string& name, int version, std::vector<Node> children) {
  Definition definition{.name = name, .version = version, .state_type = kType};
  definition.root.children = std::move(children);
  return definition;
}

// "a" calls /test/a and is compensated by /test/undo_a. Four attempts, without jitter: 1 s, 2 s, 4
// s apart.
inline Node Step(const std::string& name) {
  Node node = Inner(Node::Kind::kStep, name, {});
  node.action = MakeCall(name);
  node.compensation = MakeCall("undo_" + name);
  node.action_retry = node.compensation_retry =
      RetryPolicy{.attempts = 4, .first = absl::Seconds(1), .jitter = false};
  node.has_action_retry = true;
  return node;
}

inline Node Parallel(const std::string& name, std::vector<Node> branches) {
  return Inner(Node::Kind::kParallel, name, std::move(branches));
}

// Over `count` elements, three at once. The definition's state type must be kListType.
inline Node ForEach(const std::string& name, int count, std::vector<Node> body) {
  Node node = Inner(Node::Kind::kForEach, name, std::move(body));
  node.for_each = ForEachPart{.field = "paths",
                              .element_type = "string",
                              .count = [count](const Scope&) { return count; },
                              .concurrency = 3};
  return node;
}

// Waits for ever.
inline Node Await(const std::string& name) {
  Node node = Inner(Node::Kind::kAwait, name, {});
  node.await = AwaitPart{.message_type = kType, .keep = Unchanged, .otherwise = kContinue};
  return node;
}

inline Node Sleep(const std::string& name, absl::Duration duration) {
  Node node = Inner(Node::Kind::kSleep, name, {});
  node.sleep =
      SleepPart{.until = [duration](const Scope&, absl::Time now) { return now + duration; },
                .text = absl::FormatDuration(duration)};
  return node;
}

// Of version 1.
inline Node Child(const std::string& name, const std::string& definition) {
  Node node = Inner(Node::Kind::kChild, name, {});
  node.child = ChildPart{.definition = definition,
                         .version = 1,
                         .state_type = kType,
                         .make_state = StateOf,
                         .keep_state = Unchanged};
  return node;
}

}  // namespace skald::runtime::nodes

#endif  // SKALD_ENGINE_RUNTIME_NODES_HARNESS_H_
