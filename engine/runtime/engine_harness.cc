#include "engine/runtime/engine_harness.h"

#include <chrono>
#include <thread>

#include "base/check.h"
#include "base/status.h"

#if defined(__SANITIZE_THREAD__)
// Debian's absl::Status counts its references in a library that the thread sanitizer does not see:
// a status that two threads have shared looks like a race when the last of them lets go.
extern "C" const char* __tsan_default_suppressions() {
  return "race:absl::debian3::Status::Unref\n";
}
#endif

namespace skald::runtime {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

}  // namespace

void FakeCaller::Answer(const std::string& method, absl::StatusCode code, std::string message) {
  MutexLock lock(mutex_);
  answers_[method].push_back({.code = code, .message = std::move(message)});
}

void FakeCaller::AnswerPending(const std::string& method, absl::Duration poll_after) {
  MutexLock lock(mutex_);
  answers_[method].push_back({.pending = true, .poll_after = poll_after});
}

void FakeCaller::Hold(const std::string& method) {
  MutexLock lock(mutex_);
  holding_.insert(method);
}

void FakeCaller::Release(const std::string& method, absl::StatusCode code) {
  Done done;
  {
    MutexLock lock(mutex_);
    std::deque<Done>& held = held_[method];
    SKALD_CHECK(!held.empty(), "no call of {} is kept", method);
    done = std::move(held.front());
    held.pop_front();
  }
  done({.code = code});
}

void FakeCaller::Free(const std::string& method) {
  MutexLock lock(mutex_);
  holding_.erase(method);
}

bool FakeCaller::WaitForHeld(const std::string& method, size_t count) {
  return Eventually([&] {
    MutexLock lock(mutex_);
    return held_[method].size() >= count;
  });
}

std::vector<OutgoingCall> FakeCaller::calls() const {
  MutexLock lock(mutex_);
  return calls_;
}

std::string FakeCaller::Methods() const {
  std::string methods;
  for (const OutgoingCall& call : calls()) {
    if (!methods.empty()) methods += ' ';
    methods += call.attempt.method.substr(std::string("/test/").size());
  }
  return methods;
}

void FakeCaller::Call(OutgoingCall call, std::function<void(core::AttemptEnded)> done) {
  core::AttemptEnded answer;
  {
    MutexLock lock(mutex_);
    const std::string method = call.attempt.method.substr(std::string("/test/").size());
    calls_.push_back(std::move(call));
    if (holding_.contains(method)) {
      held_[method].push_back(std::move(done));
      return;
    }
    if (auto& answers = answers_[method]; !answers.empty()) {
      answer = std::move(answers.front());
      answers.pop_front();
    }
  }
  done(std::move(answer));
}

Definition Steps(const std::string& name, int version, const std::vector<std::string>& steps) {
  std::vector<Node> children;
  bool past_pivot = false;
  for (std::string step : steps) {
    const bool pivot = step.back() == '!';
    if (pivot) step.pop_back();
    past_pivot = past_pivot || pivot;
    Node& node = children.emplace_back(nodes::Step(step));
    node.pivot = pivot;
    node.retriable = past_pivot;
    if (past_pivot) node.compensation.reset();
  }
  return nodes::Tree(name, version, std::move(children));
}

bool Eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + absl::ToChronoSeconds(kPatience);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

EngineHarness::EngineHarness() { Register(Steps("trip", 1, {"a", "b", "c"})); }

void EngineHarness::Register(Definition definition) {
  const absl::Status added = registry.Add(std::move(definition));
  SKALD_CHECK(added.ok(), "{}", Message(added));
}

std::unique_ptr<Engine> EngineHarness::MakeEngine(const EngineOptions& options) {
  return std::make_unique<Engine>(options, registry, store, caller, clock);
}

std::unique_ptr<Engine> EngineHarness::OpenEngine(const EngineOptions& options) {
  auto engine = MakeEngine(options);
  const absl::Status opened = engine->Open();
  SKALD_CHECK(opened.ok(), "{}", Message(opened));
  return engine;
}

EngineOptions EngineHarness::Quick() {
  return {.shards = 4,
          .workers = 2,
          .store_retry = absl::Milliseconds(1),
          .store_patience = absl::Seconds(60),
          .drain = absl::Seconds(20)};
}

std::future<absl::StatusOr<StartResult>> EngineHarness::Start(Engine& engine,
                                                              StartRequest request) {
  auto promise = std::make_shared<std::promise<absl::StatusOr<StartResult>>>();
  engine.Start(std::move(request),
               [promise](absl::StatusOr<StartResult> result) { promise->set_value(result); });
  return promise->get_future();
}

std::future<absl::StatusOr<v1::SagaRecord>> EngineHarness::Give(Engine& engine,
                                                                const std::string& id,
                                                                core::Order::Verb verb) {
  return Give(engine, id, core::Order{.verb = verb, .actor = "ann", .reason = "because"});
}

std::future<absl::StatusOr<v1::SagaRecord>> EngineHarness::Give(Engine& engine,
                                                                const std::string& id,
                                                                Command command) {
  auto promise = std::make_shared<std::promise<absl::StatusOr<v1::SagaRecord>>>();
  engine.Give(id, std::move(command),
              [promise](absl::StatusOr<v1::SagaRecord> result) { promise->set_value(result); });
  return promise->get_future();
}

StartRequest EngineHarness::Trip(const std::string& id, const std::string& input) const {
  return {.definition = registry.Find("trip", 1), .saga_id = id, .input = input};
}

StartRequest EngineHarness::RequestFor(const std::string& definition, const std::string& id,
                                       const std::string& input) const {
  return {.definition = registry.Find(definition, 0), .saga_id = id, .input = input};
}

void EngineHarness::AdvanceClock(Engine& engine, absl::Duration duration) {
  clock.Set(clock.Now() + duration);
  engine.ClockMoved();
}

v1::SagaRecord EngineHarness::Stored(const std::string& id) {
  const std::vector<std::string> ids = {id};
  const auto records = store.Load(ids);
  return records.ok() && !records->empty() ? records->front() : v1::SagaRecord();
}

bool EngineHarness::Reaches(const std::string& id, v1::Saga::Status status) {
  return Eventually([&] { return Stored(id).status() == status; });
}

bool EngineHarness::ReachesInTime(Engine& engine, const std::string& id, v1::Saga::Status status) {
  return Eventually([&] {
    const v1::SagaRecord saga = Stored(id);
    if (const absl::Time due = FromMicros(saga.due_us()); saga.due_us() != 0 && due > clock.Now()) {
      clock.Set(due);
      engine.ClockMoved();
    }
    return saga.status() == status;
  });
}

}  // namespace skald::runtime
