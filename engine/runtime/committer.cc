#include "engine/runtime/committer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/status.h"
#include "storage/in_doubt.h"

namespace skald::runtime {
namespace {

KeyClaim ClaimOf(core::KeyClaim claim) {
  switch (claim) {
    case core::KeyClaim::kTake: return KeyClaim::kTake;
    case core::KeyClaim::kWait: return KeyClaim::kWait;
    case core::KeyClaim::kRelease: return KeyClaim::kRelease;
    case core::KeyClaim::kNone: break;
  }
  return KeyClaim::kNone;
}

Change ChangeOf(const CommitJob& job, FirstRuns& first_runs) {
  const core::Transition& transition = job.transition;
  return {.record = &transition.record,
          .changed_steps = transition.changed_steps,
          .history = transition.history,
          .dead_letter = transition.dead_letter ? &*transition.dead_letter : nullptr,
          .audit = transition.audit ? &*transition.audit : nullptr,
          .claim = ClaimOf(transition.claim),
          .definition = first_runs.RecordFor(transition.record)};
}

CommitJob::Outcome OutcomeOf(ChangeResult result) {
  switch (result) {
    case ChangeResult::kStored: return CommitJob::Outcome::kStored;
    case ChangeResult::kAlreadyExists: return CommitJob::Outcome::kAlreadyExists;
    case ChangeResult::kConflict: return CommitJob::Outcome::kConflict;
    case ChangeResult::kKeyTaken: return CommitJob::Outcome::kKeyTaken;
    case ChangeResult::kStaleEpoch: break;
  }
  return CommitJob::Outcome::kStaleEpoch;
}

// Nothing was done, and no change is to blame.
bool IsAway(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) ||
         absl::IsFailedPrecondition(status);
}

// A commit that was in doubt and came through after all looks like somebody else's the next time;
// or it may just be coming through, if this one found the key taken.
bool MayBeOurOwn(const CommitJob& job) {
  return job.doubted && (job.outcome == CommitJob::Outcome::kConflict ||
                         job.outcome == CommitJob::Outcome::kAlreadyExists ||
                         job.outcome == CommitJob::Outcome::kKeyTaken);
}

}  // namespace

Committer::Committer(Store& store, Options options, Counters& counters, Deliver deliver)
    : store_(store),
      options_(std::move(options)),
      counters_(counters),
      deliver_(std::move(deliver)),
      first_runs_(options_.definition_records),
      thread_("committer", [this] { Run(); }) {}

Committer::~Committer() {
  {
    MutexLock lock(mutex_);
    ending_ = true;
    crashing_ = true;
    changed_.NotifyAll();
  }
  thread_.Join();
}

void Committer::Submit(std::unique_ptr<CommitJob> job) {
  MutexLock lock(mutex_);
  const int tier = job->transition.record.tier();
  waiting_.Push(tier, std::move(job));
  changed_.NotifyAll();
}

void Committer::GiveUpAfter(absl::Duration patience) {
  MutexLock lock(mutex_);
  give_up_ = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(patience);
  changed_.NotifyAll();
}

void Committer::GiveUpNow() {
  MutexLock lock(mutex_);
  crashing_ = true;
  changed_.NotifyAll();
}

absl::Status Committer::store() const {
  MutexLock lock(mutex_);
  return store_status_;
}

bool Committer::AwayFor(absl::Duration patience) const {
  MutexLock lock(mutex_);
  return !store_status_.ok() &&
         std::chrono::steady_clock::now() - away_since_ > absl::ToChronoNanoseconds(patience);
}

void Committer::Run() {
  while (true) {
    CommitJobs batch = TakeBatch();
    if (batch.empty()) return;
    CommitAll(std::move(batch));
  }
}

CommitJobs Committer::TakeBatch() {
  MutexLock lock(mutex_);
  while (waiting_.empty() && !ending_) changed_.Wait(lock);
  CommitJobs batch(std::min(waiting_.size(), static_cast<size_t>(options_.batch)));
  for (auto& job : batch) job = waiting_.Take();
  return batch;
}

std::vector<Change> Committer::ChangesOf(const CommitJobs& jobs) {
  std::vector<Change> changes;
  changes.reserve(jobs.size());
  for (const auto& job : jobs) changes.push_back(ChangeOf(*job, first_runs_));
  return changes;
}

void Committer::CommitAll(CommitJobs jobs) {
  while (!jobs.empty()) {
    if (Crashing()) return Abandon(std::move(jobs));
    const absl::Status status = CommitOnce(jobs);
    if (status.ok()) {
      NoteBack();
      const auto doubtful = std::stable_partition(
          jobs.begin(), jobs.end(), [](const auto& job) { return !MayBeOurOwn(*job); });
      CommitJobs rest(std::make_move_iterator(doubtful), std::make_move_iterator(jobs.end()));
      jobs.erase(doubtful, jobs.end());
      deliver_(std::move(jobs));
      jobs = Resolve(std::move(rest));
    } else if (absl::IsUnknown(status)) {
      // Once, not for each try of a store that is away by now.
      if (store().ok()) {
        spdlog::warn(
            "nobody knows whether a commit of {} changes was stored: {}; reading them back",
            jobs.size(), Message(status));
      }
      for (const auto& job : jobs) job->outcome = CommitJob::Outcome::kAbandoned;
      jobs = Resolve(std::move(jobs));
      if (jobs.empty()) continue;
      // It can be read but took nothing, as on a full disk: at once it would do so again.
      NoteAway(status);
      if (!WaitToRetry()) return Abandon(std::move(jobs));
    } else if (IsAway(status)) {
      NoteAway(status);
      if (!WaitToRetry()) return Abandon(std::move(jobs));
    } else {
      return Separate(std::move(jobs), status);
    }
  }
}

absl::Status Committer::CommitOnce(const CommitJobs& jobs) {
  const std::vector<Change> changes = ChangesOf(jobs);
  counters_.commits.fetch_add(1, std::memory_order_relaxed);
  SKALD_ASSIGN_OR_RETURN(const std::vector<ChangeResult> results, store_.Commit(changes));
  SKALD_CHECK(results.size() == jobs.size(), "the store gave {} results for {} changes",
              results.size(), jobs.size());
  for (size_t i = 0; i < jobs.size(); ++i) {
    jobs[i]->outcome = OutcomeOf(results[i]);
    if (results[i] == ChangeResult::kStored) first_runs_.Stored(jobs[i]->transition.record);
  }
  return absl::OkStatus();
}

CommitJobs Committer::Resolve(CommitJobs jobs) {
  CommitJobs again;
  if (jobs.empty()) return again;
  auto results = ResolveInDoubt(store_, ChangesOf(jobs));
  while (!results.ok()) {
    NoteAway(results.status());
    if (!WaitToRetry()) {
      Abandon(std::move(jobs));
      return again;
    }
    results = ResolveInDoubt(store_, ChangesOf(jobs));
  }
  CommitJobs settled;
  for (size_t i = 0; i < jobs.size(); ++i) {
    CommitJob& job = *jobs[i];
    const bool second_look = MayBeOurOwn(job);
    job.doubted = true;
    if ((*results)[i] == InDoubtResult::kStored) {
      job.outcome = CommitJob::Outcome::kStored;
      first_runs_.Stored(job.transition.record);
    } else if (!second_look && (*results)[i] == InDoubtResult::kNotStored) {
      again.push_back(std::move(jobs[i]));
      continue;
    } else if (!second_look) {
      job.outcome = job.transition.record.revision() == 1 ? CommitJob::Outcome::kAlreadyExists
                                                          : CommitJob::Outcome::kConflict;
    }
    settled.push_back(std::move(jobs[i]));
  }
  deliver_(std::move(settled));
  // If no commit follows, nothing else would tell that it is back.
  if (again.empty()) NoteBack();
  return again;
}

void Committer::Separate(CommitJobs jobs, const absl::Status& error) {
  if (jobs.size() > 1) {
    for (auto& job : jobs) {
      CommitJobs alone;
      alone.push_back(std::move(job));
      CommitAll(std::move(alone));
    }
    return;
  }
  jobs.front()->outcome = CommitJob::Outcome::kRefused;
  jobs.front()->error = error;
  deliver_(std::move(jobs));
}

void Committer::Abandon(CommitJobs jobs) {
  for (const auto& job : jobs) {
    job->outcome = CommitJob::Outcome::kAbandoned;
    job->error = Unavailable("saga '{}': the engine stopped before this was stored; ask again",
                             job->transition.record.id());
  }
  deliver_(std::move(jobs));
}

void Committer::NoteAway(const absl::Status& status) {
  MutexLock lock(mutex_);
  if (store_status_.ok()) {
    away_since_ = std::chrono::steady_clock::now();
    spdlog::error("the store is away: {}: {}; what waits is kept and tried again",
                  CodeName(status.code()), Message(status));
  }
  store_status_ = status;
}

void Committer::NoteBack() {
  MutexLock lock(mutex_);
  if (store_status_.ok()) return;
  store_status_ = absl::OkStatus();
  spdlog::info("the store is back");
}

bool Committer::WaitToRetry() {
  const SteadyTime next =
      std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(options_.retry);
  MutexLock lock(mutex_);
  while (true) {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (crashing_ || (give_up_ && now >= *give_up_)) return false;
    if (now >= next) return true;
    const SteadyTime until = give_up_ ? std::min(next, *give_up_) : next;
    changed_.WaitFor(lock, absl::FromChrono(until - now));
  }
}

bool Committer::Crashing() const {
  MutexLock lock(mutex_);
  return crashing_;
}

}  // namespace skald::runtime
