// A definition: a named, versioned state machine, as a plain value. The picture, the validation,
// the fingerprint and the engine are walks over its tree. Authors do not write this tree, they use
// Flow (sagas/flow.h), whose Build() returns it.
//
// Immutable once built: the engine shares one Definition between threads. The functions in it must
// be pure (equal arguments, equal results; no clock, no I/O): they may be called again, on any
// node.
#ifndef SKALD_SAGAS_DEFINITION_H_
#define SKALD_SAGAS_DEFINITION_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sagas/retry_policy.h"

namespace skald {

// One unary method of a participant, and how the saga's state becomes its request and takes in its
// reply. States, requests and replies are serialized protobuf messages here.
struct Call {
  // The participant's logical name: by default the service's last name in snake case, so that
  // shop.v1.Inventory is "inventory". Where it lives is configuration.
  std::string participant;
  // "/shop.v1.Inventory/Reserve"
  std::string method;
  // Full names of the message types: "shop.v1.ReserveRequest".
  std::string request_type;
  std::string response_type;
  // INTERNAL: the author's function threw; the text says what. Never throws.
  std::function<absl::StatusOr<std::string>(std::string_view state)> make_request;
  // Returns the new state. DATA_LOSS: the reply does not parse (the attempt is uncertain).
  // INTERNAL: the author's function threw. Never throws.
  std::function<absl::StatusOr<std::string>(std::string_view state, std::string_view response)>
      keep_response;
};

// One node of the tree. Which fields mean something depends on the kind.
struct Node {
  enum class Kind {
    // `children` one after the other. The root is one; so is each arm of a kChoose.
    kSequence,
    // One call to a participant.
    kStep,
    // `children` are the arms: kSequences, each with a guard; the first whose guard holds is taken.
    // An arm without a guard is the "otherwise" and comes last. None holds: nothing is done.
    kChoose,
  };

  Kind kind = Kind::kSequence;
  // Unique among its siblings; [a-z][a-z0-9_]*. Empty only for the root.
  std::string name;
  // The names from the root down, joined by '/': "delivery/express/book_courier".
  std::string path;
  std::vector<Node> children;

  // kStep
  std::optional<Call> action;
  std::optional<Call> compensation;
  // The author said that there is nothing to compensate (so it was not forgotten).
  bool nothing_to_compensate = false;
  bool pivot = false;
  // It is the pivot or comes after it: it is only ever retried, never compensated.
  bool retriable = false;
  RetryPolicy action_retry;
  RetryPolicy compensation_retry;
  // Deadline of one attempt, of either call; jittered by 10 % when it is sent.
  absl::Duration timeout = absl::Seconds(5);

  // An arm of a kChoose. INTERNAL: the author's function threw. Never throws.
  std::function<absl::StatusOr<bool>(std::string_view state)> guard;
};

struct Definition {
  std::string name;
  int version = 0;
  // Full name of the protobuf message that is the saga's state: "shop.v1.OrderState".
  std::string state_type;
  Node root;
  // Over names, kinds, methods, types, participants, pivot and order (sagas/fingerprint.h); not
  // over the version number, functions, policies or timeouts, which may change under one version.
  // 16 hex digits.
  std::string fingerprint;
  // What the builder could not express in the tree, such as a step without a call: Validate
  // repeats it. Empty in a good definition.
  std::vector<std::string> builder_errors;
};

// "place_order@3"
std::string Label(const Definition& definition);

// The node with this path, or null.
const Node* FindNode(const Definition& definition, std::string_view path);

// Calls `visit` for every node, parents before children, in order.
void ForEachNode(const Node& root, const std::function<void(const Node&)>& visit);

// The logical names of all participants that it calls, sorted, each once.
std::vector<std::string> ParticipantsOf(const Definition& definition);

}  // namespace skald

#endif  // SKALD_SAGAS_DEFINITION_H_
