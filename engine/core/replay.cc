#include "engine/core/replay.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "engine/core/machine.h"
#include "engine/core/schedule.h"
#include "engine/core/transcript.h"

namespace skald::core {
namespace {

using Entry = v1::HistoryEntry;

int64_t Micros(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1'000'000 + time.nanos() / 1'000;
}

// What the functions of the definition decided, by the path of the node.
struct Decisions {
  std::map<std::string, std::string, std::less<>> arms;
  // Elements of a for-each.
  std::map<std::string, int, std::less<>> counts;
  // How often a repeat was asked and was not done.
  std::map<std::string, int, std::less<>> not_done;
  // When waits end; one that was begun again has several.
  std::map<std::string, std::vector<int64_t>, std::less<>> waits;
};

Decisions DecisionsOf(std::span<const Entry> history) {
  Decisions decisions;
  // Named already, since the last order: the dead letter may name one of them again.
  std::set<std::string> stuck;
  for (const Entry& entry : history) {
    if (entry.kind() == Entry::ORDERED) stuck.clear();
    const bool stops = entry.kind() == Entry::COMPENSATION_STARTED ||
                       entry.kind() == Entry::STUCK || entry.kind() == Entry::PARKED;
    const bool ran_out =
        stops && entry.cause() == v1::Cause::EXHAUSTED && stuck.insert(entry.step()).second;
    if (entry.kind() == Entry::CHOSEN) decisions.arms[entry.step()] = entry.arm();
    if (entry.kind() == Entry::LOOPED) decisions.counts[entry.step()] = entry.count();
    if (ran_out || (entry.kind() == Entry::LOOPED && entry.count() > 1)) {
      ++decisions.not_done[entry.step()];
    }
    if (entry.kind() == Entry::WAITING) {
      decisions.waits[entry.step()].push_back(Micros(entry.next_attempt_time()));
    }
  }
  return decisions;
}

absl::StatusOr<std::string> NoBytes(const Scope&) { return std::string(); }
absl::StatusOr<std::string> NoBytesOf(const Scope&, std::string_view) { return std::string(); }

// The definition with functions that know nothing but what was decided.
class Script {
 public:
  Script(Definition definition, std::span<const Entry> history)
      : definition_(std::move(definition)), decisions_(DecisionsOf(history)) {
    Rewrite(definition_.root);
  }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  // How often each function was asked.
  using Asked = std::map<std::string, int>;

  const Definition& definition() const { return definition_; }
  const Asked& asked() const { return asked_; }
  // Back to when this was so.
  void Forget(const Asked& asked) { asked_ = asked; }

 private:
  void Rewrite(Node& node) {
    for (std::optional<Call>* call : {&node.action, &node.compensation}) {
      if (!call->has_value()) continue;
      (*call)->make_request = NoBytes;
      (*call)->keep_response = NoBytesOf;
      for (auto& [code, keep] : (*call)->keep_mapped) keep = NoBytes;
    }
    for (Node& child : node.children) {
      if (node.kind == Node::Kind::kChoose && child.guard) RewriteGuard(child);
      Rewrite(child);
    }
    if (node.for_each) {
      node.for_each->count = [this](const Scope& scope) -> absl::StatusOr<int> {
        const auto found = decisions_.counts.find(scope.path);
        if (found == decisions_.counts.end()) return Unknown();
        return found->second;
      };
    }
    if (node.repeat) {
      node.repeat->until = [this](const Scope& scope) -> absl::StatusOr<bool> {
        const int asked = ++asked_[std::string(scope.path)];
        const auto found = decisions_.not_done.find(scope.path);
        return found == decisions_.not_done.end() || asked > found->second;
      };
    }
    const auto end_of_wait = [this](const Scope& scope, absl::Time) { return EndOfWait(scope); };
    if (node.sleep) node.sleep->until = end_of_wait;
    if (node.await) {
      node.await->keep = NoBytesOf;
      if (node.await->until) node.await->until = end_of_wait;
    }
    if (node.child) {
      node.child->make_state = NoBytes;
      node.child->keep_state = NoBytesOf;
    }
  }

  absl::StatusOr<absl::Time> EndOfWait(const Scope& scope) {
    const auto found = decisions_.waits.find(scope.path);
    const size_t turn = static_cast<size_t>(asked_[std::string(scope.path)]++);
    if (found == decisions_.waits.end() || turn >= found->second.size()) return Unknown();
    return FromMicros(found->second[turn]);
  }

  void RewriteGuard(Node& arm) {
    arm.guard = [this, name = arm.name](const Scope& scope) -> absl::StatusOr<bool> {
      const auto found = decisions_.arms.find(scope.path);
      if (found == decisions_.arms.end()) return Unknown();
      return found->second == name;
    };
  }

  static absl::Status Unknown() { return Internal("the history does not tell"); }

  Definition definition_;
  const Decisions decisions_;
  Asked asked_;
};

Start StartOf(const v1::SagaRecord& record, const Entry& started) {
  Start start{.saga_id = record.id(),
              .shard = record.shard(),
              .input_digest = record.input_digest(),
              .tier = record.tier(),
              .exclusive_key = record.exclusive_key()};
  if (record.deadline_us() != 0) start.deadline = FromMicros(record.deadline_us());
  if (started.has_next_attempt_time()) {
    start.start_at = FromMicros(Micros(started.next_attempt_time()));
  }
  return start;
}

std::optional<Order::Verb> VerbOf(const std::string& name) {
  for (const Order::Verb verb : {Order::Verb::kCancel, Order::Verb::kPause, Order::Verb::kResume,
                                 Order::Verb::kRetry, Order::Verb::kSkip, Order::Verb::kResolve}) {
    if (VerbName(verb) == name) return verb;
  }
  return std::nullopt;
}

// The event that a transition began with, by the first of its entries.
decltype(Event::what) EventOf(const Entry& entry) {
  switch (entry.kind()) {
    case Entry::ATTEMPT_ENDED: {
      const auto code = static_cast<absl::StatusCode>(entry.code());
      if (!entry.verb().empty()) {
        return Completion{.step = entry.step(), .phase = entry.phase(), .code = code};
      }
      AttemptEnded ended{.step = entry.step(),
                         .phase = entry.phase(),
                         .attempt = entry.attempt(),
                         .code = code,
                         .message = entry.message(),
                         .pending = entry.outcome() == Entry::OUTCOME_PENDING};
      if (ended.pending && entry.has_next_attempt_time()) {
        ended.poll_after =
            absl::Microseconds(Micros(entry.next_attempt_time()) - Micros(entry.time()));
      }
      return ended;
    }
    case Entry::SIGNALLED:
      return Signal{.name = entry.step(), .id = entry.message(), .actor = entry.actor()};
    case Entry::RECOVERED: return Recovered{};
    case Entry::ORDERED:
    case Entry::REFUSED:
      if (const auto verb = VerbOf(entry.verb())) {
        return Order{.verb = *verb, .actor = entry.actor(), .reason = entry.message()};
      }
      return TimerFired{};
    default: return TimerFired{};
  }
}

// Whether two entries tell of the same step on the way. Times, words and epochs may differ.
bool IsSameStep(const Entry& a, const Entry& b) {
  return a.kind() == b.kind() && a.step() == b.step() && a.phase() == b.phase() &&
         a.attempt() == b.attempt() && a.outcome() == b.outcome() && a.arm() == b.arm() &&
         a.count() == b.count() && a.cause() == b.cause() && a.timed_out() == b.timed_out();
}

class Replayer {
 public:
  Replayer(const Definition& definition, const v1::SagaRecord& saga, std::span<const Entry> history)
      : script_(definition, history), saga_(saga), history_(history) {}

  ReplayResult Run() {
    while (next_ < history_.size()) {
      if (Play(/*hold=*/false)) continue;
      if (!MayBeStopping() || !Play(/*hold=*/true)) return Difference();
    }
    return {};
  }

 private:
  // What it failed on is not in the history.
  static bool IsFailureOfAFunction(const Entry& entry) {
    const auto code = static_cast<absl::StatusCode>(entry.code());
    const bool stuck = entry.kind() == Entry::PARKED || entry.kind() == Entry::STUCK;
    const bool parked =
        stuck && (entry.cause() == v1::Cause::DEFINITION || entry.cause() == v1::Cause::LIMIT);
    return parked || (entry.kind() == Entry::ATTEMPT_ENDED && code == absl::StatusCode::kInternal);
  }

  // Until the next owner of the saga takes over, it only takes in what comes.
  bool MayBeStopping() const {
    for (const Entry& entry : history_.subspan(next_)) {
      switch (entry.kind()) {
        case Entry::RECOVERED: return true;
        case Entry::ATTEMPT_ENDED:
        case Entry::SIGNALLED:
        case Entry::ORDERED:
        case Entry::REFUSED:
        case Entry::COMPENSATION_STARTED:
        case Entry::STUCK:
        case Entry::PARKED: break;
        default: return false;
      }
    }
    return false;
  }

  // One transition. False: what it does is not what the history tells; nothing has changed. `hold`:
  // of a node that was stopping.
  bool Play(bool hold) {
    const Entry& first = history_[next_];
    Event event{.at = FromMicros(Micros(first.time())), .epoch = first.epoch(), .hold = hold};
    event.what = EventOf(first);
    // What a duration of the definition decides may have become later or earlier under one version.
    if (std::holds_alternative<TimerFired>(event.what)) {
      event.at = std::max(event.at, FromMicros(record_.due_us()));
    }
    if (first.kind() == Entry::STARTED) {
      Start start = StartOf(saga_, first);
      start.queued = next_ + 1 < history_.size() && history_[next_ + 1].kind() == Entry::QUEUED;
      event.what = std::move(start);
    }
    const Script::Asked asked = script_.asked();
    Transition transition = Step(script_.definition(), record_, event);
    if (!hold) did_ = transition.history;
    if (!transition.changed || !Agrees(transition.history)) {
      script_.Forget(asked);
      return false;
    }
    record_ = std::move(transition.record);
    TakeTimes(transition.history.size());
    next_ += transition.history.size();
    return true;
  }

  bool Agrees(const std::vector<Entry>& entries) const {
    // The history may end in the middle of what a transition does only if it was cut.
    if (entries.empty() || entries.size() > history_.size() - next_) return false;
    return std::equal(entries.begin(), entries.end(), history_.begin() + static_cast<long>(next_),
                      IsSameStep);
  }

  // Delays may have changed under one version: the next attempt is due when it was.
  void TakeTimes(size_t entries) {
    for (const Entry& entry : history_.subspan(next_, entries)) {
      if (entry.kind() != Entry::ATTEMPT_ENDED || !entry.has_next_attempt_time()) continue;
      for (v1::StepState& step : *record_.mutable_steps()) {
        if (step.path() != entry.step()) continue;
        v1::StepState::Attempts& attempts =
            entry.phase() == v1::ACTION ? *step.mutable_action() : *step.mutable_compensation();
        if (attempts.next_us() != 0) attempts.set_next_us(Micros(entry.next_attempt_time()));
      }
    }
    record_.set_due_us(DueTime(record_));
  }

  ReplayResult Difference() const {
    size_t at = 0;
    while (at < did_.size() && next_ + at < history_.size() &&
           IsSameStep(did_[at], history_[next_ + at])) {
      ++at;
    }
    const bool history_ended = next_ + at >= history_.size();
    if (!history_ended && IsFailureOfAFunction(history_[next_ + at])) {
      return {.kind = ReplayResult::Kind::kEndsEarly, .entry = history_[next_ + at].number()};
    }
    ReplayResult result{.kind = ReplayResult::Kind::kDiffers};
    result.entry = history_ended ? history_.back().number() + 1 : history_[next_ + at].number();
    if (!history_ended) result.history = DescribeEntry(history_[next_ + at]);
    if (at < did_.size()) result.definition = Describe(did_[at]);
    return result;
  }

  // What the history does not tell is where the definition has a node that it had not.
  static std::string Describe(const Entry& entry) {
    const bool unknown = (entry.kind() == Entry::PARKED || entry.kind() == Entry::STUCK) &&
                         entry.cause() == v1::Cause::DEFINITION;
    return unknown ? fmt::format("reaches '{}'", entry.step()) : DescribeEntry(entry);
  }

  Script script_;
  const v1::SagaRecord& saga_;
  const std::span<const Entry> history_;
  size_t next_ = 0;
  v1::SagaRecord record_;
  // What the definition did at the place that was tried last.
  std::vector<Entry> did_;
};

}  // namespace

ReplayResult Replay(const Definition& definition, const v1::SagaRecord& record,
                    std::span<const v1::HistoryEntry> history) {
  return Replayer(definition, record, history).Run();
}

}  // namespace skald::core
