// Faults that an example participant has been told to show. See faults.proto for what each kind
// does.
//
// Locked: may be used from any thread.
#ifndef SKALD_EXAMPLES_SHARED_FAULTS_H_
#define SKALD_EXAMPLES_SHARED_FAULTS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/mutex.h"

namespace demo {

enum class FaultKind { kNone, kReject, kLoseReply, kFail, kDelay };

struct Fault {
  FaultKind kind = FaultKind::kNone;
  // Calls that it is left for; 0: all.
  int times = 0;
  absl::Duration delay;
};

class Faults final {
 public:
  explicit Faults(const std::vector<std::string>& methods);
  Faults(const Faults&) = delete;
  Faults& operator=(const Faults&) = delete;

  // INVALID_ARGUMENT: the participant has no such method.
  absl::Status Set(const std::string& method, const Fault& fault) SKALD_EXCLUDES(mutex_);

  // The fault that a call of `method` is to suffer, used up by it.
  Fault Take(const std::string& method) SKALD_EXCLUDES(mutex_);

  // Returns after `delay`, or when Stop is called.
  void Wait(absl::Duration delay) SKALD_EXCLUDES(mutex_);
  // Ends all waits, those to come as well.
  void Stop() SKALD_EXCLUDES(mutex_);

 private:
  skald::Mutex mutex_;
  skald::CondVar stopping_;
  bool stopped_ SKALD_GUARDED_BY(mutex_) = false;
  std::map<std::string, Fault> faults_ SKALD_GUARDED_BY(mutex_);
};

}  // namespace demo

#endif  // SKALD_EXAMPLES_SHARED_FAULTS_H_
