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
// Steps are not all that processes are made of. Each of these is a node like a step, has a name,
// and stands where a step could:
//
//   flow.Step("order").Compensate<&Orders::Stub::Reject>(OrderToReject);
//
// A step without a call: it marks that the saga was here, and is compensated like the others.
//
//   flow.Parallel("bookings", [](Flow& branches) {
//     branches.Step("hotel")
//         .Call<&Hotels::Stub::Book>(TripToHotel, KeepHotel)
//         .Compensate<&Hotels::Stub::Cancel>(TripToHotel);
//     branches.Sequence("flight", [](Flow& then) {
//       then.Step("seat")
//           .Call<&Flights::Stub::Book>(TripToSeat)
//           .Compensate<&Flights::Stub::Cancel>(TripToSeat);
//       then.Step("meal").Call<&Flights::Stub::Serve>(TripToMeal).NothingToCompensate();
//     });
//   });
//
// Parallel runs its children side by side, and compensates them side by side. Sequence groups what
// comes one after the other: here it makes one branch of two steps.
//
//   flow.ForEach("refunds", &BulkState::lines, [](Flow::Each<Line>& each) {
//         each.Step("pay_back")
//             .Call<&Payments::Stub::Refund>(LineToRefund, KeepRefund)
//             .NothingToCompensate();
//       }).Concurrency(8);
//
// ForEach runs its body for each element of a repeated field. Functions in it are about one
// element, see below. How many there are must stay as it is while it runs.
//
//   flow.Repeat("months", [](Flow& month) {
//         month.SleepUntil("renewal_day", &SubscriptionState::renews_at);
//         month.Step("renew")
//             .Call<&Payments::Stub::Charge>(MonthToCharge, KeepNextMonth)
//             .NothingToCompensate();
//       })
//       .Until(HasEnded)
//       .AtMost(36, skald::kContinue);
//
// Repeat runs its body, then asks whether that was all.
//
//   flow.Await<CustomerConfirmed>("customer_confirms", KeepConfirmation)
//       .Within(absl::Hours(24), skald::kCompensate);
//
//   flow.Await<CustomerConfirmed>("customer_accepts")
//       .Until(&OrderState::offer_ends_at, skald::kContinue);
//
// Await waits until somebody sends a signal of its name. What follows if none comes, as when a
// Repeat runs out of rounds, is the author's to say: kCompensate, kContinue or kDeadLetter.
//
//   flow.Sleep("cooling_off", absl::Hours(24));
//   flow.SleepUntil("day_of_departure", &TripState::departs_at);
//
// Sleep takes a duration or a function of one, SleepUntil a function of a time; functions are asked
// once, when the sleep begins.
//
//   flow.Child<ShippingState>("shipping", "ship_order", /*version=*/2, OrderToShipping,
//                             KeepShipping);
//
// Child runs another definition as a part of this one, on a state of its own, and compensates it,
// too.
//
//   flow.Choose("decision").When("score_is_low", ScoreIsLow, [](Flow& then) {
//     then.TurnBack("declined", "the credit score is too low");
//   });
//
// TurnBack turns the saga back when it is reached, for this reason: where the answers that were
// kept say no, not a participant. Before the pivot only, and nothing can follow it.
//
//   flow.Deadline(absl::Hours(2));
//   flow.Exclusive(&OrderState::order_id, skald::ExclusiveKey::WhenTaken::kQueue);
//
// These are said of the whole definition: by when it must have ended, and that sagas about the same
// order come one after the other.
//
// The state. One protobuf message, which the client sends when it starts the saga. Requests are
// made from it; what later steps and compensations need of a reply is kept in it. It is stored
// after each step, so it is all that is left of the past after a crash.
//
// The functions. Lambdas, function pointers, anything that can be copied and called:
//
//   Request(const State&)            makes a request: of Call and of Compensate
//   void(const Response&, State&)    keeps a reply; leave it out where there is nothing to keep
//   void(State&)                     notes which answer came instead of a reply: of Map
//   bool(const State&)               a guard, an Until; a getter such as &OrderState::express will
//                                    do, here and below
//   absl::Duration(const State&)     of Sleep; or google.protobuf.Duration
//   absl::Time(const State&)         of SleepUntil and of an Await's Until; or
//                                    google.protobuf.Timestamp
//   void(const Message&, State&)     keeps the signal of an Await
//   ChildState(const State&), void(const ChildState&, State&)
//                                    make and keep the state of a Child
//
// In a ForEach they take the element in place of the state, or the state and the element. An
// element that is a message can be written to, any other cannot:
//
//   Request(const Line&)                         Request(const State&, const Line&)
//   void(const Response&, Line&)                 void(const Response&, State&, Line&)
//   void(Line&)                                  void(State&, Line&)
//   Request(const std::string&)                  Request(const State&, const std::string&)
//                                                void(const Response&, State&, const std::string&)
//
// In a ForEach in a ForEach, the element is the inner one. Bodies name the type of their flow, as
// Flow& or Flow::Each<Line>&: with auto& a call would have to be written `.template Call<...>`.
//
// Functions must be pure: equal arguments, equal results; no clock, no random number, no I/O, no
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
// method, a keep function of the wrong shape, a streaming method, a step without a call, an Await
// that does not say how long. The rest is refused when the definition is registered
// (sagas/validate.h).
//
// Confined to the thread that builds. Build() gives an immutable value; a node of another version
// of the same program may run it, so change a definition under a new version number only.
#ifndef SKALD_SAGAS_FLOW_H_
#define SKALD_SAGAS_FLOW_H_

#include <google/protobuf/repeated_field.h>

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/time/time.h"
#include "sagas/definition.h"
#include "sagas/flow_bind.h"
#include "sagas/flow_builder.h"
#include "sagas/flow_parts.h"
#include "sagas/flow_step.h"

namespace skald {

// `Element` is what the authors' functions of a for-each's body are about: see Each.
template <typename State, typename Element = void>
class Flow final {
 public:
  // The flow in the body of a for-each, by what its elements are: Flow::Each<Line>.
  template <typename OfLoop>
  using Each = Flow<State, OfLoop>;

  // `name`: [a-z][a-z0-9_]*. `version`: from 1 on.
  Flow(std::string name, int version)
      : builder_(std::make_shared<internal::FlowBuilder>(std::move(name), version,
                                                         internal::StateType<State>())) {
    static_assert(std::is_void_v<Element>, "skald: only ForEach makes the flow of its body");
  }

  Flow(const Flow&) = delete;
  Flow& operator=(const Flow&) = delete;

  // A saga that has not ended so long after its start turns back, unless it is past its pivot.
  void Deadline(absl::Duration deadline) {
    static_assert(std::is_void_v<Element>,
                  "skald: a deadline is the definition's: say it outside of its bodies");
    builder_->SetDeadline(deadline);
  }

  // At most one unfinished saga, of all definitions, holds a key; `when_taken` says what becomes of
  // the next one. `key`: std::string(const State&), asked of the saga's first state; a getter such
  // as &OrderState::order_id will do. An empty key is none.
  template <typename Key>
  void Exclusive(Key key, ExclusiveKey::WhenTaken when_taken) {
    static_assert(std::is_void_v<Element>,
                  "skald: an exclusive key is the definition's: say it outside of its bodies");
    builder_->SetExclusive(internal::TypeKey<State>(std::move(key)), when_taken);
  }

  // One call to a participant. `name`: [a-z][a-z0-9_]*, unique among its neighbours. It is part of
  // the idempotency key, and what operators see: name it by what it does, "reserve_stock".
  StepStart<State, Element> Step(std::string name) {
    return StepStart<State, Element>(Add(Node::Kind::kStep, std::move(name)));
  }

  // One of several ways on, by the state.
  Arms<State, Element> Choose(std::string name) {
    return Arms<State, Element>(*this, Add(Node::Kind::kChoose, std::move(name)));
  }

  // What `body` adds is done side by side. A branch of more than one step is a Sequence in it.
  // `body`: void(Flow&).
  template <typename Body>
  void Parallel(std::string name, Body&& body) {
    Fill(Add(Node::Kind::kParallel, std::move(name)), body);
  }

  // What `body` adds is done one after the other, under a name of its own. `body`: void(Flow&).
  template <typename Body>
  void Sequence(std::string name, Body&& body) {
    Fill(Add(Node::Kind::kSequence, std::move(name)), body);
  }

  // What `body` adds is done for each element of a repeated field: of the state, or in the body of
  // a for-each of its element. `field`: the generated getter. `body`: void(Flow::Each<Element>&).
  // Elements may be messages, strings, numbers or enums.
  template <typename Owner, typename OfLoop, typename Body>
  ForEachOptions ForEach(std::string name,
                         const google::protobuf::RepeatedPtrField<OfLoop>& (Owner::*field)() const,
                         Body&& body) {
    return Loop<OfLoop>(std::move(name), field, body);
  }
  template <typename Owner, typename OfLoop, typename Body>
  ForEachOptions ForEach(std::string name,
                         const google::protobuf::RepeatedField<OfLoop>& (Owner::*field)() const,
                         Body&& body) {
    return Loop<OfLoop>(std::move(name), field, body);
  }
  // Anything else is a mistake.
  template <typename Field, typename Body>
  ForEachOptions ForEach(std::string name, Field, Body&&) {
    static_assert(std::is_void_v<Field>,
                  "skald: ForEach needs the getter of a repeated field, such as &State::lines");
    return ForEachOptions(Add(Node::Kind::kForEach, std::move(name)));
  }

  // What `body` adds is done again and again. `body`: void(Flow&).
  template <typename Body>
  RepeatStart<State, Element> Repeat(std::string name, Body&& body) {
    internal::NodeBuilder& node = Add(Node::Kind::kRepeat, std::move(name));
    Fill(node, body);
    return RepeatStart<State, Element>(node);
  }

  // Waits until somebody sends a signal of the node's name: a `Message`. One that came early was
  // kept. `keep`: void(const Message&, State&), left out where there is nothing to keep.
  template <typename Message, typename Keep = internal::KeepNothing>
  AwaitStart<State, Element> Await(std::string name, Keep keep = {}) {
    internal::NodeBuilder& node = Add(Node::Kind::kAwait, std::move(name));
    static_assert(internal::ProtoMessage<Message>,
                  "skald: the Message of an Await must be a generated protobuf message");
    if constexpr (internal::ProtoMessage<Message>) {
      node.SetAwait(Message::default_instance(),
                    internal::TypeKeepSignal<State, Element, Message>(std::move(keep)));
    }
    return AwaitStart<State, Element>(node);
  }

  void Sleep(std::string name, absl::Duration duration) {
    Add(Node::Kind::kSleep, std::move(name)).SetSleep(duration);
  }

  // `duration`: absl::Duration(const State&), or a getter of a google.protobuf.Duration. Asked
  // once, when the sleep begins. A negative one is none.
  template <typename Function>
  void Sleep(std::string name, Function duration) {
    Add(Node::Kind::kSleep, std::move(name))
        .SetSleep(internal::TypeDuration<State, Element>(std::move(duration)));
  }

  // `time`: absl::Time(const State&), or a getter of a google.protobuf.Timestamp. Asked once, when
  // the sleep begins. What has passed is not waited for; a Timestamp that was never set is of 1970.
  template <typename Function>
  void SleepUntil(std::string name, Function time) {
    Add(Node::Kind::kSleep, std::move(name))
        .SetSleep(internal::TypeTime<State, Element>(std::move(time)));
  }

  // The nodes of another definition, on a state of their own. `make`: ChildState(const State&).
  // `keep`: void(const ChildState&, State&), left out where there is nothing to keep.
  template <typename ChildState, typename Make, typename Keep = internal::KeepNothing>
  void Child(std::string name, std::string definition, int version, Make make, Keep keep = {}) {
    internal::NodeBuilder& node = Add(Node::Kind::kChild, std::move(name));
    internal::TypedChild child =
        internal::TypeChild<State, Element, ChildState>(std::move(make), std::move(keep));
    child.definition = std::move(definition);
    child.version = version;
    node.SetChild(std::move(child));
  }

  // The saga turns back here, as if a participant had said no. `reason`: for people; it is the
  // cause's message.
  void TurnBack(std::string name, std::string reason) {
    Add(Node::Kind::kTurnBack, std::move(name)).SetTurnBack(std::move(reason));
  }

  // The definition, settled (sagas/link.h). Whether it is any good is Validate's to say. Once: the
  // flow is empty afterwards.
  [[nodiscard]] Definition Build() && {
    static_assert(std::is_void_v<Element>, "skald: the body of a ForEach is built with its flow");
    return builder_->Build();
  }

 private:
  friend class Arms<State, Element>;
  template <typename, typename>
  friend class ::skald::Flow;

  explicit Flow(std::shared_ptr<internal::FlowBuilder> builder) : builder_(std::move(builder)) {}

  internal::NodeBuilder& Add(Node::Kind kind, std::string name) {
    return builder_->Add(kind, std::move(name));
  }

  // Lets `body` add its nodes to `scope`.
  template <typename Body>
  void Fill(internal::NodeBuilder& scope, Body& body) {
    static_assert(std::is_invocable_v<Body&, Flow&>,
                  "skald: the body of an arm, a branch or a loop must be void(Flow<State>&); in a "
                  "ForEach, void(Flow<State>::Each<Element>&)");
    if constexpr (std::is_invocable_v<Body&, Flow&>) {
      internal::NodeBuilder* const outer = builder_->Enter(&scope);
      std::invoke(body, *this);
      builder_->Enter(outer);
    }
  }

  template <typename OfField, typename Owner, typename Field, typename Body>
  ForEachOptions Loop(std::string name, const Field& (Owner::*field)() const, Body& body) {
    // Generated code holds enums as int: the body says which enum it means.
    using OfBody = typename internal::BodyFlow<std::decay_t<Body>>::Element;
    constexpr bool kIsEnum = std::is_same_v<OfField, int> && internal::ProtoEnum<OfBody>;
    using OfLoop = std::conditional_t<kIsEnum, OfBody, OfField>;
    using Around = std::conditional_t<std::is_void_v<Element>, State, Element>;
    internal::NodeBuilder& node = Add(Node::Kind::kForEach, std::move(name));
    constexpr bool kIsOurs = std::is_same_v<Owner, Around>;
    static_assert(kIsOurs,
                  "skald: ForEach goes over a field of the flow's State; in the body of another "
                  "ForEach, over one of its Element");
    if constexpr (kIsOurs) {
      constexpr bool kTakesEach = std::is_invocable_v<Body&, Each<OfLoop>&>;
      static_assert(kTakesEach,
                    "skald: the body of a ForEach must be void(Flow<State>::Each<Element>&), with "
                    "the Element of its field");
      if constexpr (kTakesEach) {
        node.SetForEach(internal::EraseGetter<OfLoop>(field));
        Each<OfLoop> each(builder_);
        each.Fill(node, body);
      }
    }
    return ForEachOptions(node);
  }

  std::shared_ptr<internal::FlowBuilder> builder_;
};

}  // namespace skald

#endif  // SKALD_SAGAS_FLOW_H_
