// Definitions put together by hand, for tests of pictures: what is drawn is the tree, however it
// came about, and whatever Validate says of it.
//
// Plain functions.
#ifndef SKALD_SAGAS_PICTURE_TESTING_H_
#define SKALD_SAGAS_PICTURE_TESTING_H_

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "sagas/definition.h"

namespace skald::picture {

inline Node MakeNode(Node::Kind kind, std::string name, std::vector<Node> children = {}) {
  Node node;
  node.kind = kind;
  node.name = std::move(name);
  node.children = std::move(children);
  return node;
}

inline Call CallOf(std::string participant, const std::string& method) {
  Call call;
  call.method = fmt::format("/shop.v1.{}/{}", participant, method);
  call.participant = std::move(participant);
  return call;
}

inline Node Step(std::string name, std::string participant, const std::string& method) {
  Node node = MakeNode(Node::Kind::kStep, std::move(name));
  node.action = CallOf(std::move(participant), method);
  return node;
}

inline Node Undoable(std::string name, const std::string& participant, const std::string& method,
                     const std::string& undo) {
  Node node = Step(std::move(name), participant, method);
  node.compensation = CallOf(participant, undo);
  return node;
}

inline Node Pivot(Node step) {
  step.pivot = true;
  return step;
}

// A step without an action.
inline Node Landmark(std::string name, const std::string& participant, const std::string& undo) {
  Node node = MakeNode(Node::Kind::kStep, std::move(name));
  node.compensation = CallOf(participant, undo);
  return node;
}

inline Node Sequence(std::string name, std::vector<Node> children) {
  return MakeNode(Node::Kind::kSequence, std::move(name), std::move(children));
}

inline Node Arm(std::string name, std::vector<Node> children) {
  Node arm = Sequence(std::move(name), std::move(children));
  arm.guard = [](const Scope&) { return true; };
  return arm;
}

inline Node Choose(std::string name, std::vector<Node> arms) {
  return MakeNode(Node::Kind::kChoose, std::move(name), std::move(arms));
}

inline Node Parallel(std::string name, std::vector<Node> branches) {
  return MakeNode(Node::Kind::kParallel, std::move(name), std::move(branches));
}

inline Node ForEach(std::string name, std::string field, int concurrency,
                    std::vector<Node> children) {
  Node node = MakeNode(Node::Kind::kForEach, std::move(name), std::move(children));
  node.for_each.emplace();
  node.for_each->field = std::move(field);
  node.for_each->concurrency = concurrency;
  return node;
}

inline Node Repeat(std::string name, int most, Fallback otherwise, std::vector<Node> children) {
  Node node = MakeNode(Node::Kind::kRepeat, std::move(name), std::move(children));
  node.repeat.emplace();
  node.repeat->most = most;
  node.repeat->otherwise = otherwise;
  return node;
}

inline Node Await(std::string name, std::string message_type, absl::Duration within,
                  Fallback otherwise = Fallback::kCompensate) {
  Node node = MakeNode(Node::Kind::kAwait, std::move(name));
  node.await.emplace();
  node.await->message_type = std::move(message_type);
  node.await->within = within;
  node.await->otherwise = otherwise;
  return node;
}

inline Node AwaitUntil(std::string name, std::string message_type, Fallback otherwise) {
  Node node = Await(std::move(name), std::move(message_type), absl::InfiniteDuration(), otherwise);
  node.await->until = [](const Scope&, absl::Time now) { return now; };
  return node;
}

inline Node Sleep(std::string name, std::string text) {
  Node node = MakeNode(Node::Kind::kSleep, std::move(name));
  node.sleep.emplace();
  node.sleep->text = std::move(text);
  return node;
}

inline Node Child(std::string name, std::string definition, int version,
                  std::vector<Node> children) {
  Node node = MakeNode(Node::Kind::kChild, std::move(name), std::move(children));
  node.child.emplace();
  node.child->definition = std::move(definition);
  node.child->version = version;
  return node;
}

inline Node TurnBack(std::string name, std::string reason) {
  Node node = MakeNode(Node::Kind::kTurnBack, std::move(name));
  node.turn_back = TurnBackPart{.reason = std::move(reason)};
  return node;
}

inline void SetPaths(Node& node) {
  for (Node& child : node.children) {
    child.path = node.path.empty() ? child.name : node.path + "/" + child.name;
    SetPaths(child);
  }
}

inline Definition Define(std::string name, std::vector<Node> nodes) {
  Definition definition;
  definition.name = std::move(name);
  definition.version = 1;
  definition.root.children = std::move(nodes);
  SetPaths(definition.root);
  return definition;
}

// Every kind of node, in a process that somebody might have.
inline Definition Mixed() {
  Definition definition = Define(
      "open_shop",
      {Landmark("claim_name", "names", "GiveBack"),
       Parallel(
           "preparations",
           {Sequence("goods", {Undoable("rent_store", "stores", "Rent", "GiveUp"),
                               ForEach("orders", "lines", 5,
                                       {Undoable("order_line", "suppliers", "Order", "CallOff")})}),
            Undoable("hire", "people", "Hire", "Dismiss"), Step("advertise", "press", "Print")}),
       Await("approval", "shop.v1.Approval", absl::Hours(24)),
       Choose("size", {Arm("large", {Undoable("insure", "insurance", "Insure", "Cancel")}),
                       Sequence("otherwise", {Step("note_risk", "risks", "Note")})}),
       Child("delivery", "ship_order", 2,
             {Undoable("book_courier", "shipping", "Book", "Cancel"),
              Step("print_label", "shipping", "Print")}),
       Pivot(Step("sign", "notary", "Sign")),
       Repeat("rent", 36, Fallback::kDeadLetter,
              {Step("pay_rent", "bank", "Pay"), Sleep("month", "720h")})});
  definition.deadline = absl::Hours(72);
  return definition;
}

}  // namespace skald::picture

#endif  // SKALD_SAGAS_PICTURE_TESTING_H_
