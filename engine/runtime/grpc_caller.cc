#include "engine/runtime/grpc_caller.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/mutex.h"
#include "base/thread.h"
#include "engine/core/retry.h"
#include "engine/runtime/call_metadata.h"
#include "engine/runtime/tier_queue.h"

namespace skald::runtime {
namespace {

using Done = std::function<void(core::AttemptEnded)>;

struct Participant {
  Participant(const std::string& name, const GrpcParticipant& options);

  Gate gate;
  const std::shared_ptr<grpc::Channel> channel;
  grpc::GenericStub stub;
  // Held back by the gate.
  struct Waiting {
    OutgoingCall call;
    Done done;
  };
  TierQueue<Waiting> waiting;
  // A skald-poll-after of it that makes no sense has been logged.
  std::atomic<bool> poll_complained{false};
};

// One call under way. Owned by those who look at it; the last one is the call's end.
struct Attempt {
  Participant* participant = nullptr;
  Gate::Pass pass = Gate::Pass::kNormal;
  OutgoingCall call;
  Done done;
  std::chrono::steady_clock::time_point sent;
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer reply;
};

grpc::ChannelArguments ArgumentsFor(const GrpcParticipant& options) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, options.max_metadata);
  // A participant that comes back is to be seen quickly: our own retries wait longer anyway. The
  // least is also the time that one connection attempt may take.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 2'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  arguments.SetMaxReceiveMessageSize(options.max_reply);
  return arguments;
}

Participant::Participant(const std::string& name, const GrpcParticipant& options)
    : gate(name, options.gate),
      channel(grpc::CreateCustomChannel(options.address, grpc::InsecureChannelCredentials(),
                                        ArgumentsFor(options))),
      stub(channel) {}

// gRPC 1.51 sometimes aborts when the last user of its callback threads goes away: it gives up the
// queue behind them twice. The first channel that is used therefore stays until the process ends.
void KeepCallbackThreads(const std::shared_ptr<grpc::Channel>& channel) {
  static const auto* const kept = new std::shared_ptr<grpc::Channel>(channel);
  static_cast<void>(kept);
}

// Hands the bytes over without copying them.
grpc::ByteBuffer ToBuffer(std::string bytes) {
  auto* kept = new std::string(std::move(bytes));
  const grpc::Slice slice(
      kept->data(), kept->size(), [](void* string) { delete static_cast<std::string*>(string); },
      kept);
  return grpc::ByteBuffer(&slice, 1);
}

std::string ToString(const grpc::ByteBuffer& buffer) {
  std::string bytes;
  std::vector<grpc::Slice> slices;
  if (!buffer.Valid() || !buffer.Dump(&slices).ok()) return bytes;
  bytes.reserve(buffer.Length());
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

std::optional<std::string> Find(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata,
                                const char* key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return std::nullopt;
  return std::string(found->second.data(), found->second.size());
}

// A header of the reply, wherever the participant's library puts it.
std::optional<std::string> Header(const grpc::ClientContext& context, const char* key) {
  std::optional<std::string> value = Find(context.GetServerInitialMetadata(), key);
  return value ? value : Find(context.GetServerTrailingMetadata(), key);
}

// Zero: the participant will tell when it has finished.
absl::Duration PollAfterOf(const Attempt& attempt) {
  const std::optional<std::string> header = Header(attempt.context, "skald-poll-after");
  if (!header) return {};
  const std::optional<absl::Duration> poll_after = PollAfter(*header);
  if (!poll_after && !attempt.participant->poll_complained.exchange(true)) {
    spdlog::warn(
        "participant '{}' answered with skald-poll-after '{}', which is no duration such as 500ms "
        "or 5s: it is not asked again, but waited for (said once)",
        attempt.call.attempt.participant, *header);
  }
  return poll_after.value_or(absl::ZeroDuration());
}

core::AttemptEnded EndedOf(const Attempt& attempt, const grpc::Status& status) {
  core::AttemptEnded ended{
      .step = attempt.call.attempt.step,
      .phase = attempt.call.attempt.phase,
      .attempt = attempt.call.attempt.attempt,
      .code = static_cast<absl::StatusCode>(status.error_code()),
      .message = status.error_message(),
      .elapsed = absl::FromChrono(std::chrono::steady_clock::now() - attempt.sent)};
  if (!status.ok()) {
    ended.pushback =
        PushbackOf(status.error_details(), Header(attempt.context, "grpc-retry-pushback-ms"));
  } else if (Header(attempt.context, "skald-outcome") == "pending") {
    ended.pending = true;
    ended.poll_after = PollAfterOf(attempt);
  } else if (!attempt.reply.Valid()) {
    // Not a message without fields, which is a message of no bytes: there is none.
    ended.code = absl::StatusCode::kInternal;
    ended.message = "the participant answered OK without a message";
  } else {
    ended.reply = ToString(attempt.reply);
  }
  return ended;
}

core::AttemptEnded NotSent(const OutgoingCall& call, std::string why) {
  return {.step = call.attempt.step,
          .phase = call.attempt.phase,
          .attempt = call.attempt.attempt,
          .code = absl::StatusCode::kUnavailable,
          .message = std::move(why)};
}

// A gate's time: it must not run backwards, and nobody compares it with a wall clock.
absl::Time SteadyNow() {
  return absl::UnixEpoch() + absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

class GrpcCaller::Impl final {
 public:
  explicit Impl(GrpcCallerOptions options);
  ~Impl();

  void Call(OutgoingCall call, Done done);
  void CancelAll();
  Gate::State BreakerOf(const std::string& participant) const;

 private:
  using Attempts = std::vector<std::shared_ptr<Attempt>>;

  // Takes out of the queue what the gate lets through.
  Attempts Admit(Participant& participant) SKALD_REQUIRES(mutex_);
  // Without the lock: gRPC may run other calls' ends on this thread.
  void Send(const Attempts& attempts);
  void End(const std::shared_ptr<Attempt>& attempt, const grpc::Status& status);
  // Lets held-back calls through when a breaker's time has come.
  void WatchBreakers();

  mutable Mutex mutex_;
  // The last call has ended.
  CondVar quiet_;
  // A breaker has a time to wait for, or nobody needs it any more.
  CondVar breaker_;
  std::map<std::string, Participant> participants_ SKALD_GUARDED_BY(mutex_);
  std::unordered_set<std::shared_ptr<Attempt>> under_way_ SKALD_GUARDED_BY(mutex_);
  // Ends that are being told.
  int busy_ SKALD_GUARDED_BY(mutex_) = 0;
  bool cancelled_ SKALD_GUARDED_BY(mutex_) = false;
  bool ending_ SKALD_GUARDED_BY(mutex_) = false;
  // Last: it uses all of the above.
  Thread breakers_;
};

GrpcCaller::Impl::Impl(GrpcCallerOptions options)
    : breakers_("breakers", [this] { WatchBreakers(); }) {
  MutexLock lock(mutex_);
  for (const auto& [name, participant] : options.participants) {
    participants_.try_emplace(name, name, participant);
  }
}

GrpcCaller::Impl::~Impl() {
  CancelAll();
  {
    MutexLock lock(mutex_);
    while (!under_way_.empty() || busy_ > 0) quiet_.Wait(lock);
    ending_ = true;
    breaker_.NotifyAll();
  }
  breakers_.Join();
}

void GrpcCaller::Impl::Call(OutgoingCall call, Done done) {
  Attempts admitted;
  std::string refused;
  {
    MutexLock lock(mutex_);
    const auto found = participants_.find(call.attempt.participant);
    if (found == participants_.end()) {
      refused = fmt::format(
          "participant '{}' is not in the configuration of this node: nothing "
          "was sent",
          call.attempt.participant);
    } else if (cancelled_) {
      refused = "this node is stopping: nothing was sent";
    } else {
      const int tier = call.attempt.tier;
      found->second.waiting.Push(tier, {.call = std::move(call), .done = std::move(done)});
      admitted = Admit(found->second);
    }
  }
  // What was refused was not moved, which clang-tidy does not see.
  // NOLINTNEXTLINE(bugprone-use-after-move)
  if (!refused.empty()) return done(NotSent(call, std::move(refused)));
  Send(admitted);
}

GrpcCaller::Impl::Attempts GrpcCaller::Impl::Admit(Participant& participant) {
  Attempts admitted;
  while (!participant.waiting.empty()) {
    const std::optional<Gate::Pass> pass = participant.gate.Enter(SteadyNow());
    if (!pass) break;
    auto attempt = std::make_shared<Attempt>();
    attempt->participant = &participant;
    attempt->pass = *pass;
    Participant::Waiting next = participant.waiting.Take();
    attempt->call = std::move(next.call);
    attempt->done = std::move(next.done);
    under_way_.insert(attempt);
    admitted.push_back(std::move(attempt));
  }
  if (!participant.waiting.empty() && participant.gate.NextChance() != absl::InfiniteFuture()) {
    breaker_.NotifyAll();
  }
  return admitted;
}

void GrpcCaller::Impl::Send(const Attempts& attempts) {
  for (const std::shared_ptr<Attempt>& attempt : attempts) {
    for (const auto& [key, value] : CallMetadata(attempt->call)) {
      attempt->context.AddMetadata(key, value);
    }
    attempt->request = ToBuffer(std::move(attempt->call.attempt.request));
    attempt->sent = std::chrono::steady_clock::now();
    attempt->context.set_deadline(std::chrono::system_clock::now() +
                                  absl::ToChronoMicroseconds(attempt->call.attempt.timeout));
    KeepCallbackThreads(attempt->participant->channel);
    attempt->participant->stub.UnaryCall(
        &attempt->context, attempt->call.attempt.method, grpc::StubOptions(), &attempt->request,
        &attempt->reply, [this, attempt](const grpc::Status& status) { End(attempt, status); });
  }
}

void GrpcCaller::Impl::End(const std::shared_ptr<Attempt>& attempt, const grpc::Status& status) {
  const bool uncertain = core::OutcomeOf(static_cast<absl::StatusCode>(status.error_code())) ==
                         v1::HistoryEntry::OUTCOME_UNCERTAIN;
  Attempts admitted;
  {
    MutexLock lock(mutex_);
    ++busy_;
    under_way_.erase(attempt);
    Participant& participant = *attempt->participant;
    participant.gate.Leave(
        attempt->pass, uncertain ? Gate::Result::kUncertain : Gate::Result::kCertain, SteadyNow());
    admitted = Admit(participant);
  }
  attempt->done(EndedOf(*attempt, status));
  Send(admitted);
  MutexLock lock(mutex_);
  if (--busy_ == 0 && under_way_.empty()) quiet_.NotifyAll();
}

void GrpcCaller::Impl::CancelAll() {
  std::vector<Participant::Waiting> waiting;
  Attempts under_way;
  {
    MutexLock lock(mutex_);
    cancelled_ = true;
    for (auto& [name, participant] : participants_) {
      while (!participant.waiting.empty()) waiting.push_back(participant.waiting.Take());
    }
    under_way.assign(under_way_.begin(), under_way_.end());
  }
  for (const auto& attempt : under_way) attempt->context.TryCancel();
  for (const auto& [call, done] : waiting) {
    done(NotSent(call, "this node is stopping: nothing was sent"));
  }
}

Gate::State GrpcCaller::Impl::BreakerOf(const std::string& participant) const {
  MutexLock lock(mutex_);
  const auto found = participants_.find(participant);
  SKALD_CHECK(found != participants_.end(), "there is no participant '{}'", participant);
  return found->second.gate.state();
}

void GrpcCaller::Impl::WatchBreakers() {
  while (true) {
    Attempts admitted;
    {
      MutexLock lock(mutex_);
      if (ending_) return;
      absl::Time next = absl::InfiniteFuture();
      for (auto& [name, participant] : participants_) {
        if (participant.waiting.empty()) continue;
        for (auto& attempt : Admit(participant)) admitted.push_back(std::move(attempt));
        next = std::min(next, participant.gate.NextChance());
      }
      if (admitted.empty()) breaker_.WaitFor(lock, next - SteadyNow());
    }
    Send(admitted);
  }
}

GrpcCaller::GrpcCaller(GrpcCallerOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

GrpcCaller::~GrpcCaller() = default;

void GrpcCaller::Call(OutgoingCall call, std::function<void(core::AttemptEnded)> done) {
  impl_->Call(std::move(call), std::move(done));
}

void GrpcCaller::CancelAll() { impl_->CancelAll(); }

Gate::State GrpcCaller::BreakerOf(const std::string& participant) const {
  return impl_->BreakerOf(participant);
}

}  // namespace skald::runtime
