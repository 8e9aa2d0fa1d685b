// Definitions as plain trees, for tests of what no Flow would build and of what works on trees
// alone:
//
//   Definition definition = Tree("place", 1, {Step("reserve"), Pivot("charge"), Last("ship")});
#ifndef SKALD_SAGAS_TESTDATA_NODES_H_
#define SKALD_SAGAS_TESTDATA_NODES_H_

#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sagas/definition.h"
#include "sagas/link.h"
#include "sagas/testdata/delivery.pb.h"

namespace skald::testdata {

inline constexpr char kState[] = "skald.testdata.delivery.v1.State";
inline constexpr char kApproval[] = "skald.testdata.delivery.v1.Approval";

inline Call CallOf(const std::string& method) {
  return {.participant = "stock",
          .method = "/shop.v1.Stock/" + method,
          .request_type = "shop.v1.Request",
          .response_type = "shop.v1.Response",
          .make_request = [](const Scope&) { return std::string(); },
          .keep_response = [](const Scope& scope,
                              std::string_view) { return std::string(scope.state); }};
}

inline Node Inner(Node::Kind kind, std::string name, std::vector<Node> children) {
  Node node{.kind = kind, .name = std::move(name)};
  node.children = std::move(children);
  return node;
}

// A step with both calls, the pivot, and a step with an action only.
inline Node Step(const std::string& name) {
  Node node{.kind = Node::Kind::kStep, .name = name};
  node.action = CallOf("Do");
  node.compensation = CallOf("Undo");
  return node;
}
inline Node Last(const std::string& name) {
  Node node = Step(name);
  node.compensation.reset();
  return node;
}
inline Node Pivot(const std::string& name) {
  Node node = Last(name);
  node.pivot = true;
  return node;
}
// A step without an action.
inline Node Mark(const std::string& name) {
  Node node = Step(name);
  node.action.reset();
  return node;
}

inline Node Sequence(const std::string& name, std::vector<Node> children) {
  return Inner(Node::Kind::kSequence, name, std::move(children));
}
inline Node When(const std::string& name, std::vector<Node> children) {
  Node node = Sequence(name, std::move(children));
  node.guard = [](const Scope&) { return true; };
  return node;
}
inline Node Choose(const std::string& name, std::vector<Node> arms) {
  return Inner(Node::Kind::kChoose, name, std::move(arms));
}
inline Node Parallel(const std::string& name, std::vector<Node> branches) {
  return Inner(Node::Kind::kParallel, name, std::move(branches));
}

inline Node ForEach(const std::string& name, std::vector<Node> body) {
  Node node = Inner(Node::Kind::kForEach, name, std::move(body));
  node.for_each = ForEachPart{.field = "parcels",
                              .element_type = "skald.testdata.delivery.v1.Parcel",
                              .count = [](const Scope&) { return 0; }};
  return node;
}
inline Node Repeat(const std::string& name, std::vector<Node> body) {
  Node node = Inner(Node::Kind::kRepeat, name, std::move(body));
  node.repeat =
      RepeatPart{.until = [](const Scope&) { return true; }, .most = 10, .otherwise = kDeadLetter};
  return node;
}
inline Node Await(const std::string& name, Fallback otherwise = kDeadLetter) {
  Node node{.kind = Node::Kind::kAwait, .name = name};
  node.await = AwaitPart{
      .message_type = kApproval,
      .keep = [](const Scope& scope, std::string_view) { return std::string(scope.state); },
      .within = absl::Hours(1),
      .otherwise = otherwise};
  return node;
}
inline Node Sleep(const std::string& name) {
  Node node{.kind = Node::Kind::kSleep, .name = name};
  node.sleep = SleepPart{.until = [](const Scope&, absl::Time now) { return now + absl::Hours(1); },
                         .text = "1h"};
  return node;
}
inline Node Child(const std::string& name, const std::string& definition, int version = 1) {
  Node node{.kind = Node::Kind::kChild, .name = name};
  node.child = ChildPart{
      .definition = definition,
      .version = version,
      .state_type = kState,
      .make_state = [](const Scope& scope) { return std::string(scope.state); },
      .keep_state = [](const Scope& scope, std::string_view) { return std::string(scope.state); }};
  return node;
}

inline Node TurnBack(const std::string& name) {
  Node node{.kind = Node::Kind::kTurnBack, .name = name};
  node.turn_back = TurnBackPart{.reason = "the score is too low"};
  return node;
}

// A tree that no stack should have to hold.
inline Node Nested(int levels) {
  Node node = Step("leaf");
  for (int i = 0; i < levels; ++i) {
    Node outer = Repeat("again", {});
    outer.children.push_back(std::move(node));
    node = std::move(outer);
  }
  return node;
}

inline Definition Tree(const std::string& name, int version, std::vector<Node> children) {
  // Else the linker would leave its types out of a program that only names them.
  google::protobuf::LinkMessageReflection<delivery::v1::State>();
  Definition definition{.name = name, .version = version, .state_type = kState};
  definition.root.children = std::move(children);
  Settle(definition);
  return definition;
}

}  // namespace skald::testdata

#endif  // SKALD_SAGAS_TESTDATA_NODES_H_
