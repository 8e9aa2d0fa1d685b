// Drives one saga by the core, with a clock of its own and calls that wait to be answered. What the
// testers are made of, and the scenarios' sweeps; authors never name it.
//
// After every transition the saga is put together again out of what a store would have kept, and
// goes on from that. Every transition is made twice: one that comes out otherwise the second time
// shows a function that is not pure.
//
// Confined.
#ifndef SKALD_TESTER_DRIVER_H_
#define SKALD_TESTER_DRIVER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "engine/core/machine.h"
#include "sagas/definition.h"

namespace skald::internal {

// The saga as a store gives it back: the row of the new record, the steps that were stored before,
// and those that this transition changed.
v1::SagaRecord AsStored(const v1::SagaRecord& before, const core::Transition& transition);

// "'hold_money'", or "the compensation of 'hold_money'".
std::string NameOf(std::string_view step, v1::Phase phase);

// The step's call, or null.
const Call* CallOf(const Definition& definition, std::string_view step, v1::Phase phase);

// The Await that takes signals of this name (its own, or the whole path), or null.
const Node* AwaitOf(const Definition& definition, std::string_view name);

class Driver final {
 public:
  // What was sent and not answered yet.
  struct CallUnderWay {
    core::SendAttempt call;
    absl::Time sent;
    [[nodiscard]] absl::Time deadline() const { return sent + call.timeout; }
  };

  // `definition` must outlive this.
  explicit Driver(const Definition& definition) : definition_(definition) {}
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  // Lets it happen, now. Returns what whoever sent it is told. Throws TestFailure if a function of
  // the definition is not pure. An AttemptEnded ends its call.
  absl::Status Take(decltype(core::Event::what) what);
  // The engine dies, and another one goes on: nobody hears the answers of calls under way.
  void Crash();
  // A queued saga may have its key from now on.
  void FreeKey();
  void TakeKeyAway() { key_is_taken_ = true; }

  [[nodiscard]] const Definition& definition() const { return definition_; }
  [[nodiscard]] const v1::SagaRecord& record() const { return record_; }
  [[nodiscard]] bool started() const { return record_.revision() > 0; }
  [[nodiscard]] absl::Time now() const { return now_; }
  // Oldest first.
  [[nodiscard]] const std::vector<CallUnderWay>& calls() const { return calls_; }
  // The dead letter that was opened last.
  [[nodiscard]] const std::optional<v1::DeadLetterRecord>& dead_letter() const {
    return dead_letter_;
  }

  // When something happens by itself: a timer, the deadline of a call. InfiniteFuture: never.
  [[nodiscard]] absl::Time NextDue() const;
  // Moves the clock to NextDue() and lets just that happen. There must be something.
  void FireNext();
  // Never back.
  void MoveClock(absl::Time to) { now_ = std::max(now_, to); }

  // All that has happened, one line for each event and each call that it led to.
  [[nodiscard]] std::string Transcript() const;
  // Every call that was ever sent, oldest first. Good until the next event.
  [[nodiscard]] std::vector<const core::SendAttempt*> Sent() const;
  // Throws TestFailure with the transcript.
  [[noreturn]] void Fail(std::string message) const;

 private:
  // What Transcript() makes its lines of: only who fails needs them.
  struct Line {
    core::Event event;
    // Without its record but for status and revision, and without its effects but for the calls.
    core::Transition transition;
  };

  absl::Time TimerDue() const;
  void CheckPurity(const core::Event& event, const core::Transition& transition) const;
  void DropEndedCalls(const core::Event& event);
  std::string TextOf(const Line& line) const;

  const Definition& definition_;
  v1::SagaRecord record_;
  std::vector<CallUnderWay> calls_;
  std::optional<v1::DeadLetterRecord> dead_letter_;
  std::vector<Line> lines_;
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  int64_t epoch_ = 1;
  bool key_is_taken_ = false;
};

}  // namespace skald::internal

#endif  // SKALD_TESTER_DRIVER_H_
