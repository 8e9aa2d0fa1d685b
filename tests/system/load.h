// Clients that place orders for as long as they are told to, each start tried again with the same
// id until it is acknowledged; some orders are beyond what the customer has, some go by courier,
// some are cancelled at once.
//
//   Load load(skaldd.Address());
//   load.Grant(12);                                   // so many more orders
//   load.WaitForAcknowledged(5, absl::Seconds(60));   // all in all
//   const Load::Report report = load.Finish();
//
// Threading: locked.
#ifndef SKALD_TESTS_SYSTEM_LOAD_H_
#define SKALD_TESTS_SYSTEM_LOAD_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "tests/system/client.h"

namespace skald::system_test {

class Load final {
 public:
  struct Report {
    std::set<std::string> acknowledged;
    // Those whose payment must say no.
    std::set<std::string> too_dear;
    // Those whose cancel was answered with OK.
    std::set<std::string> cancelled;
    // Starts that were answered as known already: an answer got lost, and the order did not.
    int already_started = 0;
    // Answers that no fault excuses.
    std::vector<std::string> failures;
  };

  explicit Load(const std::string& address);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void Grant(int orders) SKALD_EXCLUDES(mutex_);
  // False: it took too long.
  bool WaitForAcknowledged(int orders, absl::Duration within) SKALD_EXCLUDES(mutex_);
  [[nodiscard]] int acknowledged() const SKALD_EXCLUDES(mutex_);
  // Returns when all that was granted is acknowledged, or has failed.
  Report Finish() SKALD_EXCLUDES(mutex_);

 private:
  void Run() SKALD_EXCLUDES(mutex_);
  // The next order's number; 0: there will be none.
  int Take() SKALD_EXCLUDES(mutex_);
  void Place(int number) SKALD_EXCLUDES(mutex_);
  void ReadBack(const std::string& id) SKALD_EXCLUDES(mutex_);
  void Cancel(const std::string& id) SKALD_EXCLUDES(mutex_);

  Client client_;
  mutable Mutex mutex_;
  CondVar changed_;
  int granted_ SKALD_GUARDED_BY(mutex_) = 0;
  int taken_ SKALD_GUARDED_BY(mutex_) = 0;
  bool finishing_ SKALD_GUARDED_BY(mutex_) = false;
  Report report_ SKALD_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Thread>> threads_;
};

}  // namespace skald::system_test

#endif  // SKALD_TESTS_SYSTEM_LOAD_H_
