// One saga that runs by itself, with one trouble in one place. What sweeps are made of
// (tester/sweep.h, tests/scenario/sweep.h); authors never name it.
//
// Its participants are well guarded (one effect per key, an early compensation blocks a late
// action), answer one call after the other, and all is well but for the trouble. Signals are sent
// as soon as nothing else is under way, before any timer; a parked saga is retried.
//
// Confined.
#ifndef SKALD_TESTER_TRIAL_H_
#define SKALD_TESTER_TRIAL_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tester/driver.h"

namespace skald::internal {

enum class Trouble {
  // An operator cancels after the n-th event.
  kCancel,
  // The saga's deadline passes after the n-th event.
  kDeadline,
  // The engine dies after the n-th event, and calls under way are answered to nobody.
  kCrash,
  // The n-th call is refused.
  kReject,
  // The n-th call arrives, and its reply is lost.
  kLose,
  // The n-th call arrives; it and all that repeat it are never answered.
  kExhaust,
};

inline constexpr Trouble kTroubles[] = {Trouble::kCancel, Trouble::kDeadline, Trouble::kCrash,
                                        Trouble::kReject, Trouble::kLose,     Trouble::kExhaust};

// "cancel"
std::string_view NameOf(Trouble trouble);

// What the saga's surroundings say.
struct World {
  // The reply to a call.
  std::function<std::string(const core::SendAttempt&)> reply;
  // The message for an Await with this path.
  std::function<std::string(const Node& await, const std::string& path)> signal;
};

class Trial final {
 public:
  // All must outlive this. `place`: from 1.
  Trial(const Definition& definition, const World& world, Trouble trouble, int place)
      : world_(world), trouble_(trouble), place_(place), driver_(definition) {}

  // Runs the saga to its end. False: it ended before the trouble came.
  bool Run(const std::string& state);

  // "2 events", "call -reserve", "nothing"
  [[nodiscard]] const std::string& after() const { return after_; }
  // What took effect, in its order: "reserve", "-reserve" for its compensation.
  [[nodiscard]] const std::vector<std::string>& effects() const { return effects_; }
  // What does not agree with how the saga ended; empty: all is well.
  [[nodiscard]] std::string Wrong() const;
  [[nodiscard]] const Driver& driver() const { return driver_; }

 private:
  // What a participant knows of a step.
  struct Book {
    std::optional<absl::StatusCode> action;
    std::optional<absl::StatusCode> compensation;
    // Actions less compensations.
    int standing = 0;
  };

  bool IsOver() const;
  absl::StatusCode TakeCall(const core::SendAttempt& call, absl::StatusCode wanted);
  void Take(decltype(core::Event::what) what);
  void Strike();
  void Next();
  void AnswerCall();
  void CheckOrder(const std::string& step);

  const World& world_;
  const Trouble trouble_;
  const int place_;
  Driver driver_;
  bool came_ = false;
  int events_ = 0;
  int retries_ = 0;
  std::string after_ = "nothing";
  std::string exhausted_;
  std::map<std::string, Book> books_;
  std::vector<std::string> effects_;
  std::string out_of_order_;
};

}  // namespace skald::internal

#endif  // SKALD_TESTER_TRIAL_H_
