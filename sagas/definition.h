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
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sagas/retry_policy.h"

namespace skald {

// What an author's function looks at.
struct Scope {
  // The serialized state of the definition that the function belongs to.
  std::string_view state;
  // Which element of each for-each around the node, outermost first, from 0: of the definition's
  // own ones only.
  std::span<const int> elements;
  // Where in the saga the node is: "refunds/17/pay_back".
  std::string_view path = {};
};

// What an attempt comes to, by its canonical code.
enum class Outcome { kSucceeded, kRejected, kUncertain };

// What follows when a wait or a loop ends without what was hoped for.
enum class Fallback {
  // The saga turns back. Before the pivot only.
  kCompensate,
  // As if it had succeeded. The state tells the rest of the saga what is missing.
  kContinue,
  // The saga is parked for an operator.
  kDeadLetter,
};
inline constexpr Fallback kCompensate = Fallback::kCompensate;
inline constexpr Fallback kContinue = Fallback::kContinue;
inline constexpr Fallback kDeadLetter = Fallback::kDeadLetter;

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
  std::function<absl::StatusOr<std::string>(const Scope&)> make_request;
  // Returns the new state. DATA_LOSS: the reply does not parse (the attempt is uncertain).
  // INTERNAL: the author's function threw. Never throws.
  std::function<absl::StatusOr<std::string>(const Scope&, std::string_view response)> keep_response;
  // Where the author sees it otherwise than section 2 of the contract. A code that counts as
  // succeeded comes without a reply. Not for kOk.
  std::map<absl::StatusCode, Outcome> outcomes;
  // What is kept of codes that count as succeeded: of those that are not here, nothing. Returns the
  // new state. INTERNAL: the author's function threw. Never throws.
  std::map<absl::StatusCode, std::function<absl::StatusOr<std::string>(const Scope&)>> keep_mapped;
};

// The rest of a kForEach.
struct ForEachPart {
  // The repeated field of the state (or of the element of the for-each around it), for people.
  std::string field;
  // "shop.v1.Line", "string", "int64"
  std::string element_type;
  // How many elements the field has. INTERNAL: the state does not parse. Never throws.
  std::function<absl::StatusOr<int>(const Scope&)> count;
  // Elements under way at once.
  int concurrency = 1;
};

// The rest of a kRepeat.
struct RepeatPart {
  // Asked after each round: is it done? INTERNAL: the author's function threw. Never throws.
  std::function<absl::StatusOr<bool>(const Scope&)> until;
  // Rounds at the most.
  int most = 0;
  // What follows when the last round was not the one.
  Fallback otherwise = Fallback::kCompensate;
};

// The rest of a kAwait. Signals come under the node's name.
struct AwaitPart {
  std::string message_type;
  // Returns the new state. DATA_LOSS: the message does not parse. INTERNAL: the author's function
  // threw. Never throws.
  std::function<absl::StatusOr<std::string>(const Scope&, std::string_view message)> keep;
  // InfiniteDuration: for ever, or until a time of the state.
  absl::Duration within = absl::InfiniteDuration();
  // Where it ends at a time of the state: as in SleepPart. Else empty.
  std::function<absl::StatusOr<absl::Time>(const Scope&, absl::Time now)> until;
  Fallback otherwise = Fallback::kCompensate;

  // It ends by itself, and `otherwise` means something.
  bool Ends() const { return until || within != absl::InfiniteDuration(); }
};

// The rest of a kSleep.
struct SleepPart {
  // When it ends; computed once, when it begins. INTERNAL: the author's function threw. Never
  // throws.
  std::function<absl::StatusOr<absl::Time>(const Scope&, absl::Time now)> until;
  // "24h", or "a time of the state", for people.
  std::string text;
};

// The rest of a kChild. The registry puts the other definition's nodes under it (sagas/link.h).
struct ChildPart {
  std::string definition;
  int version = 0;
  // Of the state that the author's functions make and take: the other definition's.
  std::string state_type;
  // INTERNAL: the author's function threw. Never throws.
  std::function<absl::StatusOr<std::string>(const Scope&)> make_state;
  // Returns the parent's new state. INTERNAL as above. Never throws.
  std::function<absl::StatusOr<std::string>(const Scope&, std::string_view child_state)> keep_state;
};

// The rest of a kTurnBack.
struct TurnBackPart {
  // Why, in the author's words.
  std::string reason;
};

// What a definition says about sagas that are about the same thing.
struct ExclusiveKey {
  // What becomes of a start whose key another unfinished saga holds.
  enum class WhenTaken {
    // ALREADY_EXISTS.
    kReject,
    // Answered with the saga that holds it, if that is of the same definition; else rejected.
    kJoin,
    // It is stored, and begins when the key is free: oldest first.
    kQueue,
  };
  // Of the saga's first state. Empty: this saga has none. INTERNAL: the author's function threw.
  // Never throws.
  std::function<absl::StatusOr<std::string>(std::string_view state)> key;
  WhenTaken when_taken = WhenTaken::kReject;
};

// One node of the tree. Which fields mean something depends on the kind.
struct Node {
  enum class Kind {
    // `children` one after the other. The root is one; so is each arm of a kChoose.
    kSequence,
    // One call to a participant; or, without an action, a mark that its compensation belongs to.
    kStep,
    // `children` are the arms: kSequences, each with a guard; the first whose guard holds is taken.
    // An arm without a guard is the "otherwise" and comes last. None holds: nothing is done.
    kChoose,
    // `children` all at once.
    kParallel,
    // `children` one after the other, for each element of a repeated field.
    kForEach,
    // `children` one after the other, again and again.
    kRepeat,
    // Waits for a signal.
    kAwait,
    // Waits for a time.
    kSleep,
    // `children`: the nodes of another definition, one after the other, on a state of their own.
    kChild,
    // Turns the saga back when it is reached.
    kTurnBack,
  };

  Kind kind = Kind::kSequence;
  // Unique among its siblings; [a-z][a-z0-9_]*. Empty only for the root.
  std::string name;
  // The names from the root down, joined by '/': "delivery/express/book_courier". Where a saga is
  // in a loop, the loop's name is followed by a number there.
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
  // The author gave it; what is not given depends on where the step stands.
  bool has_action_retry = false;
  // Deadline of one attempt, of either call; jittered by 10 % when it is sent.
  absl::Duration timeout = absl::Seconds(5);
  // How long either call may be pending.
  absl::Duration pending_timeout = absl::Hours(24);

  // An arm of a kChoose. INTERNAL: the author's function threw. Never throws.
  std::function<absl::StatusOr<bool>(const Scope&)> guard;

  std::optional<ForEachPart> for_each;
  std::optional<RepeatPart> repeat;
  std::optional<AwaitPart> await;
  std::optional<SleepPart> sleep;
  std::optional<ChildPart> child;
  std::optional<TurnBackPart> turn_back;
};

struct Definition {
  std::string name;
  int version = 0;
  // Full name of the protobuf message that is the saga's state: "shop.v1.OrderState".
  std::string state_type;
  Node root;
  // A saga that has not ended so long after its start turns back. InfiniteDuration: never.
  absl::Duration deadline = absl::InfiniteDuration();
  std::optional<ExclusiveKey> exclusive;
  // Over names, kinds, methods, types, participants, pivot, bounds and order (sagas/fingerprint.h);
  // not over the version number, functions, policies or durations, which may change under one
  // version. 16 hex digits.
  std::string fingerprint;
  // What the builder could not express in the tree, such as a step without a call: Validate
  // repeats it. Empty in a good definition.
  std::vector<std::string> builder_errors;
};

// "place_order@3"
std::string Label(const Definition& definition);

// The node with this path, or null. Numbers in the path (of elements and rounds) are passed over.
const Node* FindNode(const Definition& definition, std::string_view path);

// Calls `visit` for every node, parents before children, in order.
void ForEachNode(const Node& root, const std::function<void(const Node&)>& visit);

// The logical names of all participants that it calls, sorted, each once.
std::vector<std::string> ParticipantsOf(const Definition& definition);

}  // namespace skald

#endif  // SKALD_SAGAS_DEFINITION_H_
