#include "engine/server/store_keeper.h"

#include <utility>

#include "absl/time/clock.h"
#include "base/status.h"

namespace skald::server {
namespace {

bool WaitingHelps(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status);
}

}  // namespace

StoreKeeper::StoreKeeper(Options options, Parts parts, BackendHolder& backend)
    : options_(options), parts_(std::move(parts)), backend_(backend) {}

StoreKeeper::~StoreKeeper() { Stop(); }

void StoreKeeper::Start() {
  thread_ = std::make_unique<Thread>("store-keeper", [this] { Run(); });
}

StoreKeeper::State StoreKeeper::WaitForFirstTry(absl::Duration most) {
  const absl::Time end = absl::Now() + most;
  MutexLock lock(mutex_);
  while (!tried_ && !stopping_) {
    const absl::Duration left = end - absl::Now();
    if (left <= absl::ZeroDuration()) break;
    changed_.WaitFor(lock, left);
  }
  return state_;
}

void StoreKeeper::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  if (thread_ != nullptr) thread_->Join();
  if (engine_ != nullptr) engine_->Stop();
}

void StoreKeeper::Run() {
  for (;;) {
    const absl::Status status = Open();
    if (status.ok()) break;
    engine_.reset();
    store_.reset();
    if (!WaitingHelps(status)) return Report(State::kRefused, status);
    Report(State::kOpening, status);
    if (!Sleep(options_.retry)) return;
  }
  backend_.Open({engine_.get(), store_.get()});
  Report(State::kServing, absl::OkStatus());
  Watch();
}

absl::Status StoreKeeper::Open() {
  SKALD_ASSIGN_OR_RETURN(store_, parts_.open_store());
  engine_ = parts_.make_engine(*store_);
  return engine_->Open();
}

void StoreKeeper::Watch() {
  absl::Status known;
  absl::Time last_check = absl::Now();
  while (Sleep(options_.look)) {
    absl::Status now = Look(last_check, known);
    if (now.ok() != known.ok()) Report(now.ok() ? State::kServing : State::kAway, now);
    known = std::move(now);
  }
}

// What the engine's own commits say comes for nothing; beyond that the store is asked now and then,
// for an idle engine does not commit.
absl::Status StoreKeeper::Look(absl::Time& last_check, const absl::Status& known) {
  const absl::Status commits = engine_->Stats().store;
  if (!commits.ok()) return commits;
  const absl::Time now = absl::Now();
  const absl::Duration since = now - last_check;
  // A clock that was set back must not silence the checks.
  if (since >= absl::ZeroDuration() && since < (known.ok() ? options_.check : options_.check_away))
    return known;
  last_check = now;
  return store_->Check();
}

void StoreKeeper::Report(State state, const absl::Status& status) {
  parts_.on_change(state, status);
  {
    MutexLock lock(mutex_);
    state_ = state;
    tried_ = true;
  }
  changed_.NotifyAll();
}

bool StoreKeeper::Sleep(absl::Duration duration) {
  const absl::Time end = absl::Now() + duration;
  MutexLock lock(mutex_);
  while (!stopping_) {
    const absl::Duration left = std::min(end - absl::Now(), duration);
    if (left <= absl::ZeroDuration()) return true;
    changed_.WaitFor(lock, left);
  }
  return false;
}

}  // namespace skald::server
