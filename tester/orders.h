// Runs one test again and again, with the replies of calls that are under way at once in every
// order, and says where the orders make a difference: a field that two branches write, a request
// that one branch makes of what another one keeps.
//
//   skald::TryOrders<TripState>(BookTrip(), [](skald::SagaTester<TripState>& saga) {
//     saga.Start(trip);
//     saga.Expect<&Hotels::Stub::Book>("bookings/hotel").Replies(room);
//     saga.Expect<&Flights::Stub::Book>("bookings/flight/seat").Replies(seat);
//     saga.Expect<&Flights::Stub::Order>("bookings/flight/meal").Replies(meal);
//     saga.ExpectCompleted();
//   });
//
// An answer that the test gives is not delivered at once but when the test looks: when it expects a
// call that is not under way yet, moves the clock, asks for the state. Then the answers that wait
// are delivered one by one, in each run in another order, until what was looked for is there. So
// answer all calls that are under way at once before you look at what came of them.
//
// Compared between the runs, field by field: the request of every call; the state of the saga and
// its children each time that all answers had been delivered, and at the end; how the saga ended.
//
// Confined.
#ifndef SKALD_TESTER_ORDERS_H_
#define SKALD_TESTER_ORDERS_H_

#include <cstdint>
#include <memory>

#include "tester/saga_tester.h"
#include "tester/test_failure.h"

namespace skald {

struct OrdersOptions {
  // Runs at the most. Where there are more orders, the first one is that of the test's text, and
  // the others are drawn.
  int most = 120;
  // Of the drawing: equal seeds, equal runs.
  uint64_t seed = 1;
};

struct OrdersTried {
  int runs = 0;
  // There are no other orders.
  bool all = false;
};

namespace internal {

// Part of TryOrders; authors never name it. Runs the test of a TryOrders in each order.
class OrdersRunner {
 public:
  explicit OrdersRunner(const OrdersOptions& options);
  ~OrdersRunner();
  OrdersRunner(const OrdersRunner&) = delete;
  OrdersRunner& operator=(const OrdersRunner&) = delete;

  Choices& choices();
  // The test has come to its end. Throws TestFailure if this differs from the first run.
  void Look(Conversation& conversation);
  // The test has failed.
  [[noreturn]] void Fail(Conversation& conversation, const TestFailure& failure) const;
  // False: that was the last run.
  bool GoOn();
  [[nodiscard]] OrdersTried tried() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace internal

// Throws TestFailure, with the two orders and their transcripts, where they differ. What `test`
// throws in one of the orders comes with that order. `test`: void(SagaTester<State>&).
template <typename State, typename Test>
OrdersTried TryOrders(const Testable& testable, const Test& test,
                      const OrdersOptions& options = {}) {
  internal::OrdersRunner runner(options);
  do {
    SagaTester<State> saga(testable, &runner.choices());
    try {
      test(saga);
    } catch (const TestFailure& failure) {
      runner.Fail(saga.conversation(), failure);
    }
    runner.Look(saga.conversation());
  } while (runner.GoOn());
  return runner.tried();
}

}  // namespace skald

#endif  // SKALD_TESTER_ORDERS_H_
