#include "engine/runtime/due_scan.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "base/status.h"

namespace skald::runtime {
namespace {

// Sagas in one read. States may have a megabyte each.
constexpr int kPage = 200;
// The clock is looked at so often, in case it was set, and the store is asked no more often.
constexpr absl::Duration kShortestWait = absl::Seconds(1);

}  // namespace

DueScan::DueScan(Store& store, const Clock& clock, Options options, Deliver deliver)
    : store_(store),
      clock_(clock),
      options_(std::move(options)),
      deliver_(std::move(deliver)),
      thread_("due-scan", [this] { Run(); }) {}

DueScan::~DueScan() {
  End();
  thread_.Join();
}

void DueScan::Wake() {
  MutexLock lock(mutex_);
  woken_ = true;
  changed_.NotifyAll();
}

void DueScan::End() {
  MutexLock lock(mutex_);
  ending_ = true;
  changed_.NotifyAll();
}

void DueScan::Run() {
  do {
    const absl::Time now = clock_.Now();
    // Set back, and so was what counts as long: sagas may sleep in the store that were to stay in
    // memory by the clock as it was.
    if (now < seen_) {
      place_ = {};
      next_ = absl::InfinitePast();
    }
    seen_ = now;
    if (now < next_) continue;
    const absl::Status status = Scan(now);
    Note(status);
    next_ = now + (status.ok() ? std::max(options_.horizon / 2, kShortestWait) : kShortestWait);
  } while (Wait());
}

bool DueScan::Wait() {
  MutexLock lock(mutex_);
  if (!woken_ && !ending_) changed_.WaitFor(lock, kShortestWait);
  woken_ = false;
  return !ending_;
}

absl::Status DueScan::Scan(absl::Time now) {
  // Not the whole horizon: a saga must not be passed over because the clock was set back a little
  // when it left memory.
  const int64_t until = ToMicros(now + options_.horizon * 5 / 6);
  while (true) {
    SKALD_ASSIGN_OR_RETURN(const std::vector<v1::SagaRecord> sagas,
                           store_.LoadDue(options_.shards, place_, until, kPage));
    if (!sagas.empty()) {
      place_ = {.due_us = sagas.back().due_us(), .id = sagas.back().id()};
      deliver_(sagas);
    }
    if (sagas.size() < static_cast<size_t>(kPage)) break;
    MutexLock lock(mutex_);
    if (ending_) return absl::OkStatus();
  }
  // No id is empty: the next one begins with the first saga that is due later.
  place_ = {.due_us = std::max(until + 1, place_.due_us), .id = {}};
  return absl::OkStatus();
}

void DueScan::Note(const absl::Status& status) {
  if (!status.ok() && !failing_) {
    spdlog::warn("cannot read which sleeping sagas are due: {}: {}; tried again each second",
                 CodeName(status.code()), Message(status));
  }
  failing_ = !status.ok();
}

}  // namespace skald::runtime
