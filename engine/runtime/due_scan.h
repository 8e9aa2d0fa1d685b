// Finds the sagas whose sleep ends soon, so that nobody has to keep those in memory that sleep for
// long.
//
// A saga leaves memory if it is due later than `horizon` from then. The store is asked twice in
// that time for what is due within a little less of it: each saga is found before it is due, and
// each due time is asked for once. What was found is the shards' business; a look that fails is
// repeated a second later.
//
// Threading: locked. Calls Store::LoadDue from one thread of its own.
#ifndef SKALD_ENGINE_RUNTIME_DUE_SCAN_H_
#define SKALD_ENGINE_RUNTIME_DUE_SCAN_H_

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "skald/v1/record.pb.h"
#include "storage/store.h"

namespace skald::runtime {

class DueScan final {
 public:
  struct Options {
    std::vector<int> shards;
    // EngineOptions::horizon.
    absl::Duration horizon;
  };
  // Sagas that are due within the horizon, some perhaps more than once. On the scan's thread. Must
  // not block.
  using Deliver = std::function<void(const std::vector<v1::SagaRecord>&)>;

  // Begins at once.
  DueScan(Store& store, const Clock& clock, Options options, Deliver deliver);
  // Joins.
  ~DueScan();

  // Looks at the clock at once.
  void Wake();
  // Asks the store no more.
  void End();

 private:
  void Run();
  // Waits until it is worth looking at the clock again. False: the end.
  bool Wait();
  absl::Status Scan(absl::Time now);
  void Note(const absl::Status& status);

  Store& store_;
  const Clock& clock_;
  const Options options_;
  const Deliver deliver_;

  // Of the scan's thread.
  absl::Time seen_ = absl::InfinitePast();
  // When the store is asked again.
  absl::Time next_ = absl::InfinitePast();
  // What is due before was asked for.
  DuePlace place_;
  bool failing_ = false;

  Mutex mutex_;
  CondVar changed_;
  bool woken_ SKALD_GUARDED_BY(mutex_) = false;
  bool ending_ SKALD_GUARDED_BY(mutex_) = false;
  // Last: it uses all of the above.
  Thread thread_;
};

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_DUE_SCAN_H_
