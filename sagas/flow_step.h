// What is said of one step: what it calls, what undoes it, and how both are tried. Part of
// sagas/flow.h, which shows it in use.
//
// Confined to the thread that builds the definition.
#ifndef SKALD_SAGAS_FLOW_STEP_H_
#define SKALD_SAGAS_FLOW_STEP_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "sagas/definition.h"
#include "sagas/flow_bind.h"
#include "sagas/flow_builder.h"
#include "sagas/retry_policy.h"

namespace skald {

// What can be said of a step after its Call, or after its Compensate if it has no Call. Say each at
// most once.
template <typename State, typename Element = void>
class StepOptions final {
 public:
  explicit StepOptions(internal::NodeBuilder& node) : node_(&node) {}

  // What undoes the action when a later step, or this one, fails. It must succeed also if the
  // action never arrived: `skald-compensates` in its metadata names what it undoes.
  //
  //   .Compensate<&Inventory::Stub::Release>(StockToRelease)
  template <auto kMethod, typename Make, typename Keep = internal::KeepNothing>
  StepOptions& Compensate(Make make, Keep keep = {}) {
    node_->SetCompensation(
        internal::TypeCall<State, Element, kMethod>(std::move(make), std::move(keep)));
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

  // What an answer of the call written last comes to, where its participant means it otherwise than
  // gRPC does:
  //
  //   flow.Step("close_account")
  //       .Call<&Accounts::Stub::Close>(Account)
  //       .Map(absl::StatusCode::kNotFound, skald::Outcome::kSucceeded)   // closed before
  //
  // A code that counts as succeeded comes without a reply. `keep`: void(State&), notes in the state
  // that it came, so that a later Choose can see it; left out where that makes no difference.
  //
  //       .Map(absl::StatusCode::kNotFound, skald::Outcome::kSucceeded, NoteThatItWasClosed)
  template <typename Keep = internal::KeepNothing>
  StepOptions& Map(absl::StatusCode code, Outcome outcome, Keep keep = {}) {
    node_->SetOutcome(code, outcome, internal::TypeNote<State, Element>(std::move(keep)));
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

  // How long a call that was accepted ("pending") may take to be completed. Without it: 24 h.
  StepOptions& PendingTimeout(absl::Duration timeout) {
    node_->SetPendingTimeout(timeout);
    return *this;
  }

 private:
  internal::NodeBuilder* node_;
};

// A step that does not call anything yet.
template <typename State, typename Element = void>
class [[nodiscard(
    "skald: a step needs its .Call<&Service::Stub::Method>(...), or a "
    ".Compensate<&Service::Stub::Method>(...)")]] StepStart final {
 public:
  explicit StepStart(internal::NodeBuilder & node) : node_(&node) {}

  // The action: which method of a generated stub is called, how its request is made of the state,
  // and what of its reply is kept in the state.
  //
  //   .Call<&Inventory::Stub::Reserve>(StockToReserve, KeepReservation)
  template <auto kMethod, typename Make, typename Keep = internal::KeepNothing>
  StepOptions<State, Element> Call(Make make, Keep keep = {}) {
    node_->SetAction(internal::TypeCall<State, Element, kMethod>(std::move(make), std::move(keep)));
    return StepOptions<State, Element>(*node_);
  }

  // A step without a call: nothing happens when it is reached, and this when the saga turns back.
  // For what exists before the saga does:
  //
  //   flow.Step("order").Compensate<&Orders::Stub::Reject>(OrderToReject);
  template <auto kMethod, typename Make, typename Keep = internal::KeepNothing>
  StepOptions<State, Element> Compensate(Make make, Keep keep = {}) {
    StepOptions<State, Element> options(*node_);
    options.template Compensate<kMethod>(std::move(make), std::move(keep));
    return options;
  }

  // There is no call yet whose answers could be mapped.
  template <typename... Anything>
  void Map(const Anything&...) {
    static_assert(sizeof...(Anything) > 1000,
                  "skald: Map is said of a call: write it after the Call or the Compensate");
  }

 private:
  internal::NodeBuilder* node_;
};

}  // namespace skald

#endif  // SKALD_SAGAS_FLOW_STEP_H_
