// Tests a whole definition in microseconds: the real state machine of the engine, a clock that only
// the test moves, and the test itself as all the participants. No server, no database, no gRPC.
//
//   TEST(PlaceOrderTest, GivesTheStockBackWhenThereIsNoMoney) {
//     skald::SagaTester<OrderState> saga(PlaceOrder());
//     saga.Start(order);
//     saga.Expect<&Inventory::Stub::Reserve>("reserve_stock", [](const ReserveRequest& request) {
//       EXPECT_EQ(request.sku(), "book");
//     }).Replies(reserved);
//     saga.Expect("hold_money").Rejects(absl::StatusCode::kFailedPrecondition, "no funds");
//     saga.ExpectCompensation<&Inventory::Stub::Release>("reserve_stock", release).Replies();
//     saga.ExpectCompensated(skald::v1::Cause::REJECTED, "hold_money");
//     EXPECT_EQ(saga.state().reservation_id(), "r-1");
//   }
//
// It reads like a conversation. Expect finds a call that is under way, and what follows is how its
// participant answers (tester/expected_call.h). The saga goes on at once, as far as it can. Steps
// have the paths that logs and idempotency keys have: "delivery/express/book_courier", and within a
// loop "refunds/1/pay_back" for the first element.
//
// Time stands still until the test moves it:
//
//   saga.Expect("hold_money").Loses();     // uncertain: tried again when time passes
//   saga.AdvanceToNext();                  // just so far
//   saga.Expect("hold_money").Replies();
//   saga.ExpectWaiting("customer_confirms");
//   saga.Advance(absl::Hours(24));         // whatever is due on the way happens, in its order
//
// A call that nobody answers times out by itself while time passes.
//
// What fails throws TestFailure (tester/test_failure.h), which says what was expected, what is the
// case, what to write instead, and all that happened so far. GoogleTest, Catch2 and doctest report
// it like any exception: do not wrap anything in EXPECT_NO_THROW.
//
// A definition with children is tested with them:
//
//   skald::SagaTester<OrderState> saga({PlaceOrder(), ShipOrder()}, "place_order");
//
// tester/orders.h tries the replies of calls that are under way at once in every order, with the
// same test. tester/sweep.h brings trouble to every place of a saga by itself.
//
// Every function of the definition is called twice, to find those that are not pure.
//
// Confined.
#ifndef SKALD_TESTER_SAGA_TESTER_H_
#define SKALD_TESTER_SAGA_TESTER_H_

#include <google/protobuf/message.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "sagas/definition.h"
#include "sagas/rpc.h"
#include "skald/v1/saga.pb.h"
#include "tester/expected_call.h"
#include "tester/start_options.h"
#include "tester/testable.h"
#include "tester/tester_base.h"

namespace skald {

// All that does not depend on the type of the state is in internal::TesterBase.
template <typename State>
class SagaTester final : public internal::TesterBase {
 public:
  explicit SagaTester(Testable testable) : SagaTester(std::move(testable), nullptr) {}
  // With children: see Testable.
  SagaTester(std::vector<Definition> definitions, const std::string& name, int version = 0)
      : SagaTester(Testable(std::move(definitions), name, version)) {}
  // For tester/orders.h: the orders that it chooses; null: that of the test.
  SagaTester(Testable testable, internal::Choices* choices)
      : TesterBase(std::move(testable), State::descriptor()->full_name(), choices) {}

  // Once. The definition's exclusive key, if it has one, is computed of the state.
  void Start(const State& input, const StartOptions& options = {}) {
    StartWith(input.SerializeAsString(), options);
  }

  // The call of the step's action that is under way: of this method. The second form looks at the
  // request, and the second argument is one of
  //
  //   void(const Request&)   for EXPECTs and REQUIREs
  //   bool(const Request&)
  //   Request                which it must equal; what differs is told field by field
  using TesterBase::Expect;
  template <auto kMethod>
  ExpectedCallOf<kMethod> Expect(std::string_view step) {
    return Found<kMethod>(step, v1::ACTION);
  }
  template <auto kMethod, typename Check>
  ExpectedCallOf<kMethod> Expect(std::string_view step, const Check& check) {
    return Checked(step, Found<kMethod>(step, v1::ACTION), check);
  }

  // The same of the step's compensation.
  using TesterBase::ExpectCompensation;
  template <auto kMethod>
  ExpectedCallOf<kMethod> ExpectCompensation(std::string_view step) {
    return Found<kMethod>(step, v1::COMPENSATION);
  }
  template <auto kMethod, typename Check>
  ExpectedCallOf<kMethod> ExpectCompensation(std::string_view step, const Check& check) {
    return Checked(step, Found<kMethod>(step, v1::COMPENSATION), check);
  }

  // As it is now.
  [[nodiscard]] State state() {
    State state;
    ReadState(state);
    return state;
  }

  // Of the Child with this path, once it has begun.
  template <typename ChildState>
  [[nodiscard]] ChildState StateOfChild(std::string_view path) {
    ChildState state;
    ReadStateOfChild(path, state);
    return state;
  }

 private:
  template <auto kMethod>
  ExpectedCallOf<kMethod> Found(std::string_view step, v1::Phase phase) {
    static_assert(Rpc<kMethod>::kIsUnary,
                  "skald: Expect needs a unary method of a generated stub: &Service::Stub::Method");
    using Typed = ExpectedCallOf<kMethod>;
    return Typed(conversation(),
                 FindMethod(step, phase, Rpc<kMethod>::Name(), *Typed::Request::descriptor(),
                            *Typed::Response::descriptor()));
  }

  template <typename Typed, typename Check>
  Typed Checked(std::string_view step, Typed call, const Check& check) {
    using Request = typename Typed::Request;
    if constexpr (std::is_same_v<Check, Request>) {
      CheckEqual(step, check, call.request());
    } else {
      constexpr bool kLooks = std::is_invocable_v<const Check&, const Request&>;
      static_assert(kLooks,
                    "skald: a request is checked by void(const Request&), by "
                    "bool(const Request&), or by a Request that it must equal");
      if constexpr (kLooks) Look(step, call, check);
    }
    return call;
  }

  template <typename Typed, typename Check>
  void Look(std::string_view step, const Typed& call, const Check& check) {
    using Result = std::invoke_result_t<const Check&, const typename Typed::Request&>;
    if constexpr (std::is_same_v<Result, bool>) {
      if (!std::invoke(check, call.request())) FailRequest(step, call.RequestText());
    } else {
      static_assert(std::is_void_v<Result>,
                    "skald: what checks a request returns bool, or nothing");
      std::invoke(check, call.request());
    }
  }
};

}  // namespace skald

#endif  // SKALD_TESTER_SAGA_TESTER_H_
