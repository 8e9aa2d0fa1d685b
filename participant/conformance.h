// What every guard must do, as one suite: a store's test file makes a GuardHarness and instantiates
// it.
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, GuardTest, testing::Values(MakeSqliteHarness));
#ifndef SKALD_PARTICIPANT_CONFORMANCE_H_
#define SKALD_PARTICIPANT_CONFORMANCE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "participant/guard.h"

namespace skald::participant {

// Stands still unless told. Locked.
class StoppedClock final : public Clock {
 public:
  [[nodiscard]] absl::Time Now() const override {
    MutexLock lock(mutex_);
    return now_;
  }
  void Advance(absl::Duration by) {
    MutexLock lock(mutex_);
    now_ += by;
  }

 private:
  mutable Mutex mutex_;
  absl::Time now_ SKALD_GUARDED_BY(mutex_) = absl::FromUnixSeconds(1'700'000'000);
};

// A guard over a fresh database with one business table, whose rows are the effects.
class GuardHarness {
 public:
  // Adds one effect called `name`, in the open transaction.
  using Effect = std::function<void(const std::string& name)>;
  using Business = std::function<Answer(const Effect& effect)>;

  virtual ~GuardHarness() = default;

  // Makes a guard on the harness's database, in place of the one that there was.
  virtual void Open(GuardOptions options) = 0;
  // Ends the guard and its connections. The database stays.
  virtual void Close() = 0;
  virtual Answer Run(const GuardedCall& call, const Business& business) = 0;
  virtual Answer Finish(const std::string& key, const Business& business) = 0;
  // How many effects with this name are committed.
  virtual int Effects(const std::string& name) = 0;
  virtual absl::StatusOr<int64_t> Forget(absl::Duration older_than, int at_most) = 0;
  virtual absl::StatusOr<int64_t> ForgetSaga(const std::string& saga_id) = 0;
};

using MakeHarness = std::function<std::unique_ptr<GuardHarness>()>;

class GuardTest : public testing::TestWithParam<MakeHarness> {
 protected:
  GuardTest() : harness_(GetParam()()) { Reopen(Fencing::kOff); }

  void Reopen(Fencing fencing) { harness_->Open({.fencing = fencing, .clock = &clock_}); }

  static GuardedCall Action(const std::string& step = "reserve",
                            const std::string& digest = "request");
  static GuardedCall Compensation(const std::string& step = "reserve");
  static GuardedCall WithEpoch(GuardedCall call, int64_t epoch);

  // A call whose business function has the effect `name` and answers `reply`. CANCELLED: it was
  // told that it is pending.
  absl::StatusOr<std::string> Do(const GuardedCall& call, const std::string& name,
                                 const std::string& reply = "done");
  // One that has the effect and then answers `status`.
  absl::StatusOr<std::string> Fail(const GuardedCall& call, const std::string& name,
                                   absl::Status status);

  // The same as words: a reply, "pending" or the code of an error. The business function has the
  // effect `name` and then answers `answer`.
  std::string Call(const GuardedCall& call, const std::string& name, const Answer& answer);
  std::string Finish(const GuardedCall& call, const std::string& name, const Answer& answer);

  StoppedClock clock_;
  const std::unique_ptr<GuardHarness> harness_;
};

}  // namespace skald::participant

#endif  // SKALD_PARTICIPANT_CONFORMANCE_H_
