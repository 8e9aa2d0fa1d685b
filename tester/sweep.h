// Brings trouble to every place of a saga, one at a time, and looks at the books each time: a test
// of a whole definition in one line.
//
//   skald::Sweep(PlaceOrder(), order);
//
// The saga runs by itself: every call is answered with an empty reply, every signal is an empty
// message, unless the test says more:
//
//   skald::Sweep(PlaceOrder(), order,
//                skald::SweepOptions()
//                    .Reply("reserve_stock", reserved)
//                    .Reply("refunds/pay_back", refunded)       // of every element
//                    .Signal("customer_confirms", confirmed));
//
// First it must run through as it is. Then, in a run of its own for each: every call is refused;
// its reply is lost; it and all that repeat it are never answered; and after every event the saga
// is cancelled, runs out of time, or its engine dies. A saga that is parked is retried, with all
// well again.
//
// Each run must end. COMPENSATED: whatever took effect and has a compensation was undone, the later
// first. Functions must be pure, and none may fail. Throws TestFailure with the run's trouble and
// transcript.
//
// Whether a compensation's request is of use if the action's reply never came is yours to test:
// with SagaTester, Loses and Exhausts.
//
// Confined.
#ifndef SKALD_TESTER_SWEEP_H_
#define SKALD_TESTER_SWEEP_H_

#include <google/protobuf/message.h>

#include <map>
#include <string>

#include "tester/testable.h"

namespace skald {

class SweepOptions final {
 public:
  // The reply of a step's action. `step`: its path; without the numbers of loops it is meant for
  // all elements and rounds.
  SweepOptions& Reply(std::string step, const google::protobuf::Message& reply);
  // The message for an Await, by its path as above, or by its name.
  SweepOptions& Signal(std::string name, const google::protobuf::Message& message);

 private:
  friend class SweepWorld;
  struct Given {
    std::string type;
    std::string bytes;
  };
  std::map<std::string, Given> replies_;
  std::map<std::string, Given> signals_;
};

struct SweepResult {
  int runs = 0;
  int completed = 0;
  int compensated = 0;
};

SweepResult Sweep(const Testable& testable, const google::protobuf::Message& input,
                  const SweepOptions& options = {});

}  // namespace skald

#endif  // SKALD_TESTER_SWEEP_H_
