// The untyped half of Flow (sagas/flow.h): builds the tree, binds authors' typed functions to
// serialized messages. It exists so that the templates stay thin; authors never name it.
//
// Confined to the thread that builds the definition.
#ifndef SKALD_SAGAS_FLOW_BUILDER_H_
#define SKALD_SAGAS_FLOW_BUILDER_H_

#include <list>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "sagas/definition.h"
#include "sagas/flow_frame.h"
#include "sagas/flow_functions.h"
#include "sagas/retry_policy.h"

namespace skald::internal {

// One node under construction. Stays where it is until the definition is built, so that the handles
// which Flow gives out stay good.
class NodeBuilder final {
 public:
  NodeBuilder(Node::Kind kind, std::string name, const NodeBuilder* parent,
              Surroundings surroundings);
  NodeBuilder(const NodeBuilder&) = delete;
  NodeBuilder& operator=(const NodeBuilder&) = delete;

  NodeBuilder& Add(Node::Kind kind, std::string name);

  void SetAction(TypedCall call);
  void SetCompensation(TypedCall call);
  // These two are of the call that was set last.
  void SetParticipant(std::string participant);
  // `note` may be empty.
  void SetOutcome(absl::StatusCode code, Outcome outcome, NoteFn note);
  void SetGuard(GuardFn guard);
  void SetNothingToCompensate() { node_.nothing_to_compensate = true; }
  void SetPivot() { node_.pivot = true; }
  void SetTimeout(absl::Duration timeout) { node_.timeout = timeout; }
  void SetPendingTimeout(absl::Duration timeout) { node_.pending_timeout = timeout; }
  void SetActionRetry(RetryPolicy policy);
  void SetCompensationRetry(RetryPolicy policy) { node_.compensation_retry = policy; }

  // Before children are added: they are in the loop.
  void SetForEach(Repeated repeated);
  void SetConcurrency(int concurrency) { node_.for_each->concurrency = concurrency; }
  void SetUntil(GuardFn until);
  void SetMost(int rounds, Fallback otherwise);
  // `message`: a default instance.
  void SetAwait(const google::protobuf::Message& message, KeepFn keep);
  void SetWithin(absl::Duration within, Fallback otherwise);
  void SetAwaitUntil(TimeFn until, Fallback otherwise);
  void SetSleep(absl::Duration duration);
  void SetSleep(TimeFn until);
  void SetChild(TypedChild child);
  void SetTurnBack(std::string reason) {
    node_.turn_back = TurnBackPart{.reason = std::move(reason)};
  }

  // The finished tree; what is wrong with it is added to `errors`. Leaves the builder empty.
  Node Finish(std::vector<std::string>& errors);

 private:
  Call Bind(TypedCall call);

  Node node_;
  Surroundings surroundings_;
  // Those of its children.
  Surroundings inside_;
  std::list<NodeBuilder> children_;
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

  void SetDeadline(absl::Duration deadline) { definition_.deadline = deadline; }
  void SetExclusive(KeyFn key, ExclusiveKey::WhenTaken when_taken);

  // A new node at the end of the sequence that is being written.
  NodeBuilder& Add(Node::Kind kind, std::string name) { return scope_->Add(kind, std::move(name)); }

  // From here on nodes are added to `scope`. Returns the node that they were added to so far.
  NodeBuilder* Enter(NodeBuilder* scope) { return std::exchange(scope_, scope); }

  Definition Build();

 private:
  Definition definition_;
  const google::protobuf::Message* state_;
  NodeBuilder root_;
  NodeBuilder* scope_;
  std::vector<std::string> errors_;
};

}  // namespace skald::internal

#endif  // SKALD_SAGAS_FLOW_BUILDER_H_
