#include "engine/runtime/worker.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/hash.h"
#include "base/status.h"

namespace skald::runtime {
namespace {

// A pending timer is looked at so often, in case the wall clock was set.
constexpr absl::Duration kLongestWait = absl::Seconds(1);

}  // namespace

int ShardOf(const std::string& saga_id, int shards) {
  return static_cast<int>(StableHash(saga_id) % static_cast<uint64_t>(shards));
}

Worker::Worker(int index, const std::vector<int64_t>& epochs, const Surroundings& around)
    : index_(index), around_(around), mailbox_(std::make_shared<Mailbox>(around.options.mailbox)) {
  for (int shard = index; shard < static_cast<int>(epochs.size());
       shard += around.options.workers) {
    shards_.try_emplace(shard, shard, epochs[static_cast<size_t>(shard)], around_, timers_,
                        mailbox_);
  }
}

void Worker::Run() {
  thread_.emplace(fmt::format("worker-{}", index_), [this] { Loop(); });
}

void Worker::Loop() {
  while (!(quitting_ && MayEnd())) {
    for (Mail& message : mailbox_->Take(TimeToWait())) Handle(std::move(message));
    if (!draining_) FireTimers();
  }
  End();
}

void Worker::Handle(Mail message) {
  struct Visitor {
    Worker& worker;
    void operator()(StartSaga start) {
      // Not in one line: the id must be read before the message is moved.
      Shard& shard = worker.ShardFor(start.request.saga_id);
      shard.Start(std::move(start));
    }
    void operator()(GiveCommand order) {
      Shard& shard = worker.ShardFor(order.saga_id);
      shard.Give(std::move(order));
    }
    void operator()(CallEnded call) {
      Shard& shard = worker.ShardFor(call.saga_id);
      shard.EndCall(std::move(call));
    }
    void operator()(CommitsEnded commits) {
      for (auto& job : commits.jobs) {
        Shard& shard = worker.ShardFor(job->transition.record.id());
        shard.EndCommit(std::move(job));
      }
    }
    void operator()(SagaLoaded loaded) {
      Shard& shard = worker.ShardFor(loaded.saga_id);
      shard.TakeLoaded(std::move(loaded));
    }
    void operator()(RecoverSaga recover) {
      Shard& shard = worker.ShardFor(recover.record.id());
      shard.Recover(std::move(recover.record));
    }
    void operator()(const KeyFreed& freed) { worker.ShardFor(freed.saga_id).Fire(freed.saga_id); }
    void operator()(const SleepersDue& sleepers) {
      for (const auto& [saga_id, due] : sleepers.sagas) {
        worker.ShardFor(saga_id).WakeAt(saga_id, due);
      }
    }
    void operator()(Drain drain) {
      worker.draining_ = true;
      for (auto& [number, shard] : worker.shards_) shard.Drain();
      drain.draining->count_down();
    }
    void operator()(Quit) { worker.quitting_ = true; }
  };
  std::visit(Visitor{*this}, std::move(message));
}

void Worker::FireTimers() {
  const absl::Time now = around_.clock.Now();
  while (const std::optional<std::string> saga_id = timers_.TakeDue(now)) {
    ShardFor(*saga_id).Fire(*saga_id);
  }
}

absl::Duration Worker::TimeToWait() const {
  const absl::Time due = timers_.NextDue();
  if (draining_ || due == absl::InfiniteFuture()) return absl::InfiniteDuration();
  return std::clamp(due - around_.clock.Now(), absl::ZeroDuration(), kLongestWait);
}

bool Worker::MayEnd() const {
  return std::all_of(shards_.begin(), shards_.end(),
                     [](const auto& entry) { return entry.second.commits_under_way() == 0; });
}

void Worker::End() {
  const absl::Status stopped = Unavailable("this node has stopped; try again");
  for (const Mail& message : mailbox_->Close()) {
    if (const auto* start = std::get_if<StartSaga>(&message)) start->done(stopped);
    if (const auto* order = std::get_if<GiveCommand>(&message)) order->done(stopped);
  }
  for (auto& [number, shard] : shards_) shard.FailAll(stopped);
}

Shard& Worker::ShardFor(const std::string& saga_id) {
  const auto shard = shards_.find(ShardOf(saga_id, around_.options.shards));
  SKALD_CHECK(shard != shards_.end(), "saga '{}' came to a worker that does not own its shard",
              saga_id);
  return shard->second;
}

}  // namespace skald::runtime
