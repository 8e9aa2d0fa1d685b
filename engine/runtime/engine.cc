#include "engine/runtime/engine.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <map>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/mutex.h"
#include "base/status.h"
#include "engine/core/lifecycle.h"
#include "engine/runtime/calls.h"
#include "engine/runtime/committer.h"
#include "engine/runtime/counters.h"
#include "engine/runtime/due_scan.h"
#include "engine/runtime/loader.h"
#include "engine/runtime/mailbox.h"
#include "engine/runtime/message.h"
#include "engine/runtime/watchers.h"
#include "engine/runtime/worker.h"

namespace skald::runtime {
namespace {

// Sagas in one read while the engine opens.
constexpr int kRecoveryPage = 500;

std::string LabelOf(const std::string& definition, int version) {
  return fmt::format("{}@{}", definition, version);
}

}  // namespace

class Engine::Impl final {
 public:
  Impl(EngineOptions options, const Registry& registry, Store& store, ParticipantCaller& caller,
       const Clock& clock);
  ~Impl() { Stop(How::kLikeACrash); }

  absl::Status Open();
  // OK: a worker has it. Otherwise why not, and the message is as it was.
  absl::Status Post(const std::string& saga_id, Mail&& message);
  uint64_t Watch(std::string saga_id, Watcher watcher);
  void Unwatch(uint64_t watch) { watchers_.Unwatch(watch); }
  enum class How { kDrained, kLikeACrash };
  void Stop(How how);
  EngineStats Stats() const;
  void ClockMoved();

 private:
  enum class Phase { kNew, kOpen, kStopped };

  absl::Status Recover();
  // OK: who leaves what alone is counted and said.
  absl::Status CountOrphans(std::map<std::string, int64_t> with_other_steps);
  void WakeSleepers(const std::vector<v1::SagaRecord>& sagas);
  void Deliver(CommitJobs jobs);
  size_t WorkerOf(const std::string& saga_id) const {
    return static_cast<size_t>(ShardOf(saga_id, options_.shards) % options_.workers);
  }

  const EngineOptions options_;
  const Registry& registry_;
  Store& store_;
  const Clock& clock_;
  Counters counters_;
  Watchers watchers_;
  Calls calls_;
  Mutex stopping_;
  std::atomic<Phase> phase_{Phase::kNew};
  // Filled by Open, before phase_ says so. Before the threads below, which put into the mailboxes.
  std::vector<std::unique_ptr<Worker>> workers_;
  Committer committer_;
  Loader loader_;
  // Begins when Open has recovered what is awake.
  std::optional<DueScan> due_scan_;
};

Engine::Impl::Impl(EngineOptions options, const Registry& registry, Store& store,
                   ParticipantCaller& caller, const Clock& clock)
    : options_(std::move(options)),
      registry_(registry),
      store_(store),
      clock_(clock),
      calls_(caller),
      committer_(store,
                 {.batch = options_.batch,
                  .retry = options_.store_retry,
                  .definition_records = options_.definition_records},
                 counters_, [this](CommitJobs jobs) { Deliver(std::move(jobs)); }),
      loader_(store, options_.mailbox, [this](const std::string& saga_id, Mail mail) {
        workers_[WorkerOf(saga_id)]->mailbox().Put(std::move(mail));
      }) {}

absl::Status Engine::Impl::Open() {
  SKALD_CHECK(workers_.empty(), "Open is called once");
  SKALD_ASSIGN_OR_RETURN(const std::vector<int64_t> epochs,
                         store_.TakeShards(options_.shards, options_.node));
  const Surroundings around{.options = options_,
                            .registry = registry_,
                            .clock = clock_,
                            .committer = committer_,
                            .loader = loader_,
                            .calls = calls_,
                            .watchers = watchers_,
                            .counters = counters_};
  for (int i = 0; i < options_.workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(i, epochs, around));
  }
  for (const auto& worker : workers_) worker->Run();
  // Workers go on with the sagas of the first pages while the next ones are read.
  SKALD_RETURN_IF_ERROR(Recover());
  std::vector<int> shards(static_cast<size_t>(options_.shards));
  std::iota(shards.begin(), shards.end(), 0);
  due_scan_.emplace(store_, clock_,
                    DueScan::Options{.shards = std::move(shards), .horizon = options_.horizon},
                    [this](const std::vector<v1::SagaRecord>& sagas) { WakeSleepers(sagas); });
  phase_ = Phase::kOpen;
  return absl::OkStatus();
}

absl::Status Engine::Impl::Recover() {
  std::map<std::string, int64_t> with_other_steps;
  for (int shard = 0; shard < options_.shards; ++shard) {
    std::string after;
    while (true) {
      SKALD_ASSIGN_OR_RETURN(auto records, store_.LoadUnfinished(shard, after, kRecoveryPage));
      const bool last = records.size() < static_cast<size_t>(kRecoveryPage);
      if (!records.empty()) after = records.back().id();
      for (v1::SagaRecord& record : records) {
        if (registry_.Find(record.definition(), record.definition_version()) == nullptr) continue;
        if (DefinitionOf(registry_, record) == nullptr) {
          ++with_other_steps[LabelOf(record.definition(), record.definition_version())];
          continue;
        }
        Mailbox& mailbox = workers_[WorkerOf(record.id())]->mailbox();
        mailbox.Put(RecoverSaga{std::move(record)});
      }
      if (last) break;
    }
  }
  return CountOrphans(std::move(with_other_steps));
}

absl::Status Engine::Impl::CountOrphans(std::map<std::string, int64_t> with_other_steps) {
  std::map<std::string, int64_t> orphans = std::move(with_other_steps);
  SKALD_ASSIGN_OR_RETURN(const std::vector<DefinitionCount> counts, store_.CountSagas());
  for (const DefinitionCount& count : counts) {
    const bool known = registry_.Find(count.definition, count.version) != nullptr;
    if (known || !core::IsUnfinished(count.status)) continue;
    orphans[LabelOf(count.definition, count.version)] += count.sagas;
  }
  for (const auto& [label, count] : orphans) {
    counters_.orphans += count;
    spdlog::error(
        "{} unfinished sagas run {}, which this node lacks or has with other steps: they "
        "are left alone; run a node that has it",
        count, label);
  }
  return absl::OkStatus();
}

void Engine::Impl::WakeSleepers(const std::vector<v1::SagaRecord>& sagas) {
  std::vector<SleepersDue> by_worker(workers_.size());
  for (const v1::SagaRecord& saga : sagas) {
    if (DefinitionOf(registry_, saga) == nullptr) continue;
    by_worker[WorkerOf(saga.id())].sagas.emplace_back(saga.id(), FromMicros(saga.due_us()));
  }
  for (size_t i = 0; i < workers_.size(); ++i) {
    if (!by_worker[i].sagas.empty()) workers_[i]->mailbox().Put(std::move(by_worker[i]));
  }
}

absl::Status Engine::Impl::Post(const std::string& saga_id, Mail&& message) {
  switch (phase_.load()) {
    case Phase::kNew: return Unavailable("this node is starting; try again");
    case Phase::kStopped: return Unavailable("this node is stopping; try again");
    case Phase::kOpen: break;
  }
  if (committer_.AwayFor(options_.store_patience)) {
    return Unavailable("the store is away: {}; try again", Message(committer_.store()));
  }
  switch (workers_[WorkerOf(saga_id)]->mailbox().Offer(std::move(message))) {
    case Mailbox::Offered::kTaken: return absl::OkStatus();
    case Mailbox::Offered::kClosed: return Unavailable("this node is stopping; try again");
    case Mailbox::Offered::kFull: break;
  }
  return Error(StatusCode::kResourceExhausted,
               "{} requests wait already, the limit of this node (mailbox); try again later",
               options_.mailbox);
}

void Engine::Impl::Deliver(CommitJobs jobs) {
  std::vector<CommitJobs> by_worker(workers_.size());
  for (auto& job : jobs) {
    by_worker[WorkerOf(job->transition.record.id())].push_back(std::move(job));
  }
  for (size_t i = 0; i < workers_.size(); ++i) {
    if (!by_worker[i].empty()) workers_[i]->mailbox().Put(CommitsEnded{std::move(by_worker[i])});
  }
}

uint64_t Engine::Impl::Watch(std::string saga_id, Watcher watcher) {
  return watchers_.Watch(std::move(saga_id), std::move(watcher));
}

void Engine::Impl::Stop(How how) {
  MutexLock lock(stopping_);
  if (phase_.exchange(Phase::kStopped) == Phase::kStopped) return;
  if (due_scan_) due_scan_->End();
  // Only then no call is promised any more, and waiting for none makes sense.
  std::latch draining(std::ssize(workers_));
  for (const auto& worker : workers_) worker->mailbox().Put(Drain{&draining});
  draining.wait();
  if (how == How::kDrained) {
    const absl::Duration patience = std::min(options_.drain, absl::Hours(24));
    committer_.GiveUpAfter(patience);
    calls_.WaitForNone(patience);
  } else {
    committer_.GiveUpNow();
  }
  // All outcomes that came in time are in the mailboxes, before this.
  for (const auto& worker : workers_) worker->mailbox().Put(Quit{});
  for (const auto& worker : workers_) worker->Join();
}

EngineStats Engine::Impl::Stats() const {
  return {.active_sagas = counters_.active_sagas,
          .sagas_in_memory = counters_.sagas_in_memory,
          .calls_in_flight = calls_.in_flight(),
          .transitions = counters_.transitions,
          .commits = counters_.commits,
          .store = committer_.store(),
          .orphans = counters_.orphans,
          .moved = counters_.moved,
          .set_aside = counters_.set_aside};
}

void Engine::Impl::ClockMoved() {
  if (phase_ != Phase::kOpen) return;
  for (const auto& worker : workers_) worker->mailbox().Wake();
  due_scan_->Wake();
}

Engine::Engine(EngineOptions options, const Registry& registry, Store& store,
               ParticipantCaller& caller, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), registry, store, caller, clock)) {}

Engine::~Engine() = default;

absl::Status Engine::Open() { return impl_->Open(); }

void Engine::Start(StartRequest request, StartDone done) {
  const std::string saga_id = request.saga_id;
  Mail message = StartSaga{.request = std::move(request), .done = std::move(done)};
  const absl::Status posted = impl_->Post(saga_id, std::move(message));
  if (!posted.ok()) std::get<StartSaga>(message).done(posted);
}

void Engine::Give(std::string saga_id, Command command, OrderDone done) {
  Mail message =
      GiveCommand{.saga_id = saga_id, .command = std::move(command), .done = std::move(done)};
  const absl::Status posted = impl_->Post(saga_id, std::move(message));
  if (!posted.ok()) std::get<GiveCommand>(message).done(posted);
}

uint64_t Engine::Watch(std::string saga_id, Watcher watcher) {
  return impl_->Watch(std::move(saga_id), std::move(watcher));
}

void Engine::Unwatch(uint64_t watch) { impl_->Unwatch(watch); }

void Engine::Stop() { impl_->Stop(Impl::How::kDrained); }

EngineStats Engine::Stats() const { return impl_->Stats(); }

void Engine::ClockMoved() { impl_->ClockMoved(); }

}  // namespace skald::runtime
