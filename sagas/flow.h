// How a saga is written. A Flow names the steps one after the other, says for each which method of
// which participant it calls and what undoes it, and builds a Definition out of that.
//
//   using Flow = skald::Flow<shop::v1::OrderState>;
//
//   ReserveRequest StockToReserve(const OrderState& order);                // state -> request
//   void KeepReservation(const ReserveResponse& reply, OrderState& order);  // reply -> state
//
//   skald::Definition PlaceOrder() {
//     Flow flow("place_order", /*version=*/3);
//     flow.Step("reserve_stock")
//         .Call<&Inventory::Stub::Reserve>(StockToReserve, KeepReservation)
//         .Compensate<&Inventory::Stub::Release>(StockToRelease)
//         .Retry({.attempts = 5, .first = absl::Milliseconds(100)});
//     flow.Step("check_risk")
//         .Call<&RiskCheck::Stub::Check>(OrderToCheck)
//         .NothingToCompensate();
//     flow.Step("charge")
//         .Call<&Payments::Stub::Charge>(AmountToCharge, KeepReceipt)
//         .Timeout(absl::Seconds(20))
//         .Pivot();
//     flow.Choose("delivery")
//         .When("express", IsExpress, [](Flow& then) {
//           then.Step("book_courier").Call<&Shipping::Stub::BookCourier>(Parcel);
//         })
//         .Otherwise([](Flow& then) {
//           then.Step("book_post").Call<&Shipping::Stub::BookPost>(Parcel);
//         });
//     return std::move(flow).Build();
//   }
//
// The state. One protobuf message, which the client sends when it starts the saga. Requests are
// made from it; what later steps and compensations need of a reply is kept in it. It is stored
// after each step, so it is all that is left of the past after a crash.
//
// The functions. Lambdas, function pointers, anything that can be copied and called:
//
//   Request(const State&)            makes a request: of Call and of Compensate
//   void(const Response&, State&)    keeps a reply; leave it out where there is nothing to keep
//   bool(const State&)               a guard; a getter such as &OrderState::express will do
//
// They must be pure: equal arguments, equal results; no clock, no random number, no I/O, no
// globals. The engine calls them again after a crash, on any node, in any thread. What one of them
// throws parks the saga for an operator with the text of the exception, so keep secrets out of it.
//
// The pivot. Before it, a failure leads back: each step says how it is compensated, or that there
// is NothingToCompensate. A pivot that its participant clearly rejects still leads back; once it
// may have taken effect, the saga only goes forward. What follows is retried until it succeeds or
// an operator steps in, and has no compensation. A definition without a pivot can lead back from
// anywhere.
//
// What the compiler can see, it refuses, in words that begin with "skald:" - a request of another
// method, a keep function of the wrong shape, a streaming method, a step without a call. The rest
// is refused when the definition is registered (sagas/validate.h).
//
// Confined to the thread that builds. Build() gives an immutable value; a node of another version
// of the same program may run it, so change a definition under a new version number only.
#ifndef SKALD_SAGAS_FLOW_H_
#define SKALD_SAGAS_FLOW_H_

#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/time/time.h"
#include "sagas/definition.h"
#include "sagas/flow_bind.h"
#include "sagas/flow_builder.h"
#include "sagas/retry_policy.h"

namespace skald {

// What can be said of a step after its Call. Say each at most once.
template <typename State>
class StepOptions final {
 public:
  explicit StepOptions(internal::NodeBuilder& node) : node_(&node) {}

  // What undoes the action when a later step, or this one, fails. It must succeed also if the
  // action never arrived: `skald-compensates` in its metadata names what it undoes.
  //
  //   .Compensate<&Inventory::Stub::Release>(StockToRelease)
  template <auto kMethod, typename Make, typename Keep = internal::KeepNothing>
  StepOptions& Compensate(Make make, Keep keep = {}) {
    node_->SetCompensation(internal::TypeCall<State, kMethod>(std::move(make), std::move(keep)));
    return *this;
  }

  // This step leaves nothing behind (it only asks), and that was not forgotten.
  StepOptions& NothingToCompensate() {
    node_->SetNothingToCompensate();
    return *this;
  }

  // The point of no return: unless it is clearly rejected, the saga only goes forward from here. At
  // most one on any path through the definition (docs/adr/0002-pivots-in-arms.md: among arms).
  StepOptions& Pivot() {
    node_->SetPivot();
    return *this;
  }

  // The participant's logical name, of the call written last: right after Call it is the action's,
  // right after Compensate the compensation's. Needed where several deployments serve one service:
  //
  //   flow.Step("withdraw")
  //       .Call<&Ledger::Stub::Withdraw>(Amount).Participant("ledger_eu")
  //       .Compensate<&Ledger::Stub::Deposit>(Amount)   // goes to ledger_eu, too
  //
  // Without it: the service's last name in snake case ("ledger"); for a compensation of the same
  // service as its action, wherever the action goes.
  StepOptions& Participant(std::string logical_name) {
    node_->SetParticipant(std::move(logical_name));
    return *this;
  }

  // How often the action is tried. Without it: DefaultActionRetry() before the pivot,
  // DefaultRetriableRetry() at it and after it.
  //
  //   .Retry({.attempts = 3, .first = absl::Milliseconds(50)})   // the rest as in RetryPolicy
  StepOptions& Retry(RetryPolicy policy) {
    node_->SetActionRetry(policy);
    return *this;
  }

  // How often the compensation is tried. Without it: DefaultCompensationRetry().
  StepOptions& RetryCompensation(RetryPolicy policy) {
    node_->SetCompensationRetry(policy);
    return *this;
  }

  // Deadline of one attempt, of the action and of the compensation. Without it: 5 s.
  StepOptions& Timeout(absl::Duration timeout) {
    node_->SetTimeout(timeout);
    return *this;
  }

 private:
  internal::NodeBuilder* node_;
};

// A step that does not call anything yet.
template <typename State>
class [[nodiscard("skald: a step needs its .Call<&Service::Stub::Method>(...)")]] StepStart final {
 public:
  explicit StepStart(internal::NodeBuilder & node) : node_(&node) {}

  // The action: which method of a generated stub is called, how its request is made of the state,
  // and what of its reply is kept in the state.
  //
  //   .Call<&Inventory::Stub::Reserve>(StockToReserve, KeepReservation)
  template <auto kMethod, typename Make, typename Keep = internal::KeepNothing>
  StepOptions<State> Call(Make make, Keep keep = {}) {
    node_->SetAction(internal::TypeCall<State, kMethod>(std::move(make), std::move(keep)));
    return StepOptions<State>(*node_);
  }

 private:
  internal::NodeBuilder* node_;
};

template <typename State>
class Flow;

// The arms of a choose. The first arm whose guard holds is taken, the others are skipped.
template <typename State>
class [[nodiscard("skald: a choose needs its .When(...)")]] Arms final {
 public:
  Arms(Flow<State> & flow, internal::NodeBuilder & choose) : flow_(&flow), choose_(&choose) {}

  // `guard`: bool(const State&). `body`: void(Flow&), adds the steps of this arm.
  template <typename Guard, typename Body>
  Arms& When(std::string name, Guard guard, Body && body) {
    internal::NodeBuilder& arm = choose_->Add(Node::Kind::kSequence, std::move(name));
    arm.SetGuard(internal::TypeGuard<State>(std::move(guard)));
    flow_->Within(arm, body);
    return *this;
  }

  // What is done if no guard holds; the arm's name is "otherwise". Comes last. Without it, nothing
  // is done then.
  template <typename Body>
  void Otherwise(Body && body) {
    flow_->Within(choose_->Add(Node::Kind::kSequence, "otherwise"), body);
  }

 private:
  Flow<State>* flow_;
  internal::NodeBuilder* choose_;
};

template <typename State>
class Flow final {
 public:
  // `name`: [a-z][a-z0-9_]*. `version`: from 1 on.
  Flow(std::string name, int version)
      : builder_(std::move(name), version, internal::StateType<State>()) {}

  Flow(const Flow&) = delete;
  Flow& operator=(const Flow&) = delete;

  // One call to a participant. `name`: [a-z][a-z0-9_]*, unique among its neighbours. It is part of
  // the idempotency key, and what operators see: name it by what it does, "reserve_stock".
  StepStart<State> Step(std::string name) {
    return StepStart<State>(builder_.Add(Node::Kind::kStep, std::move(name)));
  }

  // One of several ways on, by the state.
  Arms<State> Choose(std::string name) {
    return Arms<State>(*this, builder_.Add(Node::Kind::kChoose, std::move(name)));
  }

  // Other kinds of node come here: each is a member like Choose, which adds a Node of its kind and
  // lets bodies write into it with Within.

  // The definition, with paths, retriable steps, effective retry policies and fingerprint filled
  // in. Whether it is any good is Validate's to say. Once: the flow is empty afterwards.
  [[nodiscard]] Definition Build() && { return builder_.Build(); }

 private:
  friend class Arms<State>;

  template <typename Body>
  void Within(internal::NodeBuilder& scope, Body& body) {
    static_assert(std::is_invocable_v<Body&, Flow&>,
                  "skald: the body of an arm must be void(Flow<State>&)");
    if constexpr (std::is_invocable_v<Body&, Flow&>) {
      internal::NodeBuilder* const outer = builder_.Enter(&scope);
      std::invoke(body, *this);
      builder_.Enter(outer);
    }
  }

  internal::FlowBuilder builder_;
};

}  // namespace skald

#endif  // SKALD_SAGAS_FLOW_H_
