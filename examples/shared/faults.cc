#include "examples/shared/faults.h"

#include "absl/time/clock.h"
#include "base/status.h"

namespace demo {

Faults::Faults(const std::vector<std::string>& methods) {
  for (const std::string& method : methods) faults_[method] = {};
}

absl::Status Faults::Set(const std::string& method, const Fault& fault) {
  skald::MutexLock lock(mutex_);
  const auto found = faults_.find(method);
  if (found != faults_.end()) {
    found->second = fault;
    return absl::OkStatus();
  }
  std::string known;
  for (const auto& [name, unused] : faults_) known += (known.empty() ? "" : ", ") + name;
  return skald::InvalidArgument("there is no method '{}' here, only: {}", method, known);
}

Fault Faults::Take(const std::string& method) {
  skald::MutexLock lock(mutex_);
  const auto found = faults_.find(method);
  if (found == faults_.end()) return {};
  const Fault fault = found->second;
  if (fault.times > 0 && --found->second.times == 0) found->second = {};
  return fault;
}

void Faults::Wait(absl::Duration delay) {
  const absl::Time end = absl::Now() + delay;
  skald::MutexLock lock(mutex_);
  while (!stopped_) {
    const absl::Duration left = end - absl::Now();
    if (left <= absl::ZeroDuration()) return;
    stopping_.WaitFor(lock, left);
  }
}

void Faults::Stop() {
  skald::MutexLock lock(mutex_);
  stopped_ = true;
  stopping_.NotifyAll();
}

}  // namespace demo
