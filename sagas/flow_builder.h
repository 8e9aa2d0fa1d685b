// The untyped half of Flow (sagas/flow.h): builds the tree, binds authors' typed functions to
// serialized messages. It exists so that the templates stay thin; authors never name it.
//
// Confined to the thread that builds the definition.
#ifndef SKALD_SAGAS_FLOW_BUILDER_H_
#define SKALD_SAGAS_FLOW_BUILDER_H_

#include <functional>
#include <list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "sagas/definition.h"
#include "sagas/retry_policy.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace skald::internal {

// Authors' functions, with the message types erased. They may throw.
using MakeFn =
    std::function<void(const google::protobuf::Message& state, google::protobuf::Message& request)>;
using KeepFn = std::function<void(const google::protobuf::Message& response,
                                  google::protobuf::Message& state)>;
using GuardFn = std::function<bool(const google::protobuf::Message& state)>;

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

// One node under construction. Stays where it is until the definition is built, so that the handles
// which Flow gives out stay good.
class NodeBuilder final {
 public:
  NodeBuilder(Node::Kind kind, std::string name, const NodeBuilder* parent,
              const google::protobuf::Message* state);
  NodeBuilder(const NodeBuilder&) = delete;
  NodeBuilder& operator=(const NodeBuilder&) = delete;

  NodeBuilder& Add(Node::Kind kind, std::string name);

  void SetAction(TypedCall call);
  void SetCompensation(TypedCall call);
  // Of the call that was set last.
  void SetParticipant(std::string participant);
  void SetGuard(GuardFn guard);
  void SetNothingToCompensate() { node_.nothing_to_compensate = true; }
  void SetPivot() { node_.pivot = true; }
  void SetTimeout(absl::Duration timeout) { node_.timeout = timeout; }
  void SetActionRetry(RetryPolicy policy) {
    node_.action_retry = policy;
    node_.has_action_retry = true;
  }
  void SetCompensationRetry(RetryPolicy policy) { compensation_retry_ = policy; }

  // What the nodes do not hold.
  struct Remarks {
    std::vector<std::string> errors;
  };

  // The finished tree. Leaves the builder empty.
  Node Finish(Remarks& remarks);

 private:
  Call Bind(TypedCall call);

  Node node_;
  const google::protobuf::Message* state_;
  std::list<NodeBuilder> children_;
  std::optional<RetryPolicy> compensation_retry_;
  Call* last_call_ = nullptr;
  // Participant() was said of the compensation itself.
  bool compensation_has_participant_ = false;
  std::vector<std::string> errors_;
};

class FlowBuilder final {
 public:
  FlowBuilder(std::string name, int version, const google::protobuf::Message& state);
  FlowBuilder(const FlowBuilder&) = delete;
  FlowBuilder& operator=(const FlowBuilder&) = delete;

  // A new node at the end of the sequence that is being written.
  NodeBuilder& Add(Node::Kind kind, std::string name) { return scope_->Add(kind, std::move(name)); }

  // From here on nodes are added to `scope`. Returns the sequence that was written so far.
  NodeBuilder* Enter(NodeBuilder* scope) { return std::exchange(scope_, scope); }

  Definition Build();

 private:
  Definition definition_;
  NodeBuilder root_;
  NodeBuilder* scope_;
};

}  // namespace skald::internal

#endif  // SKALD_SAGAS_FLOW_BUILDER_H_
