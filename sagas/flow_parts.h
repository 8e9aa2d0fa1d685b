// What is said of a node after its name: the arms of a choose, the concurrency of a for-each, the
// end and the bound of a repeat, how long an await waits. Part of sagas/flow.h, which shows it in
// use.
//
// Confined to the thread that builds the definition.
#ifndef SKALD_SAGAS_FLOW_PARTS_H_
#define SKALD_SAGAS_FLOW_PARTS_H_

#include <string>
#include <utility>

#include "absl/time/time.h"
#include "sagas/definition.h"
#include "sagas/flow_bind.h"
#include "sagas/flow_builder.h"

namespace skald {

template <typename State, typename Element>
class Flow;

// The arms of a choose. The first arm whose guard holds is taken, the others are skipped.
template <typename State, typename Element = void>
class [[nodiscard("skald: a choose needs its .When(...)")]] Arms final {
 public:
  Arms(Flow<State, Element> & flow, internal::NodeBuilder & choose)
      : flow_(&flow), choose_(&choose) {}

  // `guard`: bool(const State&). `body`: void(Flow&), adds the steps of this arm.
  template <typename Guard, typename Body>
  Arms& When(std::string name, Guard guard, Body && body) {
    internal::NodeBuilder& arm = choose_->Add(Node::Kind::kSequence, std::move(name));
    arm.SetGuard(internal::TypeGuard<State, Element>(std::move(guard)));
    flow_->Fill(arm, body);
    return *this;
  }

  // What is done if no guard holds; the arm's name is "otherwise". Comes last. Without it, nothing
  // is done then.
  template <typename Body>
  void Otherwise(Body && body) {
    flow_->Fill(choose_->Add(Node::Kind::kSequence, "otherwise"), body);
  }

 private:
  Flow<State, Element>* flow_;
  internal::NodeBuilder* choose_;
};

// What can be said of a for-each.
class ForEachOptions final {
 public:
  explicit ForEachOptions(internal::NodeBuilder& node) : node_(&node) {}

  // How many elements are under way at once. Without it: one after the other.
  ForEachOptions& Concurrency(int elements) {
    node_->SetConcurrency(elements);
    return *this;
  }

 private:
  internal::NodeBuilder* node_;
};

// A repeat that has its end, but no bound yet.
class [[nodiscard("skald: a repeat needs its .AtMost(rounds, what follows)")]] RepeatBound final {
 public:
  explicit RepeatBound(internal::NodeBuilder & node) : node_(&node) {}

  // So many rounds, and what follows when none of them was the last: kCompensate, kContinue or
  // kDeadLetter.
  void AtMost(int rounds, Fallback otherwise) { node_->SetMost(rounds, otherwise); }

 private:
  internal::NodeBuilder* node_;
};

// A repeat that has no end yet.
template <typename State, typename Element = void>
class [[nodiscard("skald: a repeat needs its .Until(...)")]] RepeatStart final {
 public:
  explicit RepeatStart(internal::NodeBuilder & node) : node_(&node) {}

  // `done`: bool(const State&), asked after each round.
  template <typename Done>
  RepeatBound Until(Done done) {
    node_->SetUntil(internal::TypeGuard<State, Element>(std::move(done)));
    return RepeatBound(*node_);
  }

 private:
  internal::NodeBuilder* node_;
};

// An await that does not say yet how long.
template <typename State, typename Element = void>
class [[nodiscard(
    "skald: an await needs its .Within(...), .Until(...) or .Forever()")]] AwaitStart final {
 public:
  explicit AwaitStart(internal::NodeBuilder & node) : node_(&node) {}

  // What follows when no signal has come by then: kCompensate, kContinue or kDeadLetter.
  void Within(absl::Duration duration, Fallback otherwise) {
    node_->SetWithin(duration, otherwise);
  }

  // The same, for a time of the state. `time`: absl::Time(const State&), or a getter of a
  // google.protobuf.Timestamp. Asked once, when the wait begins: one that has passed, or was never
  // set, leaves no time to come, and only a signal that was there already is taken.
  template <typename Function>
  void Until(Function time, Fallback otherwise) {
    node_->SetAwaitUntil(internal::TypeTime<State, Element>(std::move(time)), otherwise);
  }

  void Forever() { node_->SetWithin(absl::InfiniteDuration(), Fallback::kCompensate); }

 private:
  internal::NodeBuilder* node_;
};

}  // namespace skald

#endif  // SKALD_SAGAS_FLOW_PARTS_H_
