#include "admin/skaldctl/sentences.h"

#include <fmt/format.h>

#include <set>

#include "admin/skaldctl/error_text.h"
#include "admin/skaldctl/text.h"

namespace skald::ctl {
namespace {

bool IsUnderWay(const v1::Step& step) {
  return step.status() == v1::Step::RUNNING || step.status() == v1::Step::COMPENSATING;
}

std::string_view LastName(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// "'approval'", or "'approval' (delivery/approval)" where the name alone is not the path.
std::string Named(const std::string& path) {
  const std::string_view name = LastName(path);
  return name == path ? fmt::format("'{}'", name) : fmt::format("'{}' ({})", name, path);
}

std::string PendingText(const v1::Step& step, absl::Time now) {
  std::string text = fmt::format(
      "is pending: the participant has accepted the {} of {} and has until {} to finish it",
      step.status() == v1::Step::COMPENSATING ? "compensation" : "action", step.path(),
      When(step.pending_until(), now));
  if (step.has_next_attempt_time()) {
    const absl::Duration left = ToTime(step.next_attempt_time()) - now;
    text += left > absl::ZeroDuration()
                ? fmt::format("; it is asked again in {}", ShortDuration(left))
                : "; it is about to be asked again";
  }
  return text;
}

// Elements of the loop at `path` in which something is under way.
size_t ElementsUnderWay(const v1::Saga& saga, const std::string& path) {
  std::set<std::string_view> numbers;
  const std::string prefix = path + "/";
  for (const v1::Step& step : saga.steps()) {
    const std::string_view inner = step.path();
    if (!IsUnderWay(step) || inner.substr(0, prefix.size()) != prefix) continue;
    const std::string_view rest = inner.substr(prefix.size());
    numbers.insert(rest.substr(0, rest.find('/')));
  }
  return numbers.size();
}

}  // namespace

std::string NameAtVersion(const std::string& name, int version) {
  return fmt::format("{}@{}", name, version);
}

void AppendField(std::string_view name, const std::string& value, std::string& out) {
  if (value.empty()) return;
  out += fmt::format("{:<13}{}\n", fmt::format("{}:", name), Printable(value));
}

std::string CodeAndWords(int code, const std::string& words) {
  if (code == 0) return words;
  return words.empty() ? GrpcCodeName(code) : fmt::format("{}: {}", GrpcCodeName(code), words);
}

std::string CauseText(const v1::Cause& cause) {
  std::string text = v1::Cause::Kind_Name(cause.kind());
  if (!cause.step().empty()) text += fmt::format(" at {}", cause.step());
  if (const std::string words = CodeAndWords(cause.code(), cause.message()); !words.empty()) {
    text += fmt::format(" ({})", words);
  }
  return text;
}

std::string When(const google::protobuf::Timestamp& time, absl::Time now) {
  const absl::Duration left = ToTime(time) - now;
  return fmt::format("{} ({})",
                     absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", ToTime(time), absl::UTCTimeZone()),
                     left > absl::ZeroDuration() ? fmt::format("in {}", ShortDuration(left))
                                                 : fmt::format("{} ago", ShortDuration(-left)));
}

std::string_view Follows(v1::Step::Otherwise otherwise) {
  switch (otherwise) {
    case v1::Step::COMPENSATE: return "compensates";
    case v1::Step::CONTINUE: return "goes on";
    case v1::Step::DEAD_LETTER: return "is parked";
    default: return "";
  }
}

std::string NotBegun(const v1::Saga& saga, absl::Time now) {
  if (saga.status() != v1::Saga::RUNNING) return "";
  if (saga.queued()) {
    return fmt::format("is queued: {} the key {}",
                       saga.key_holder().empty() ? "another saga holds"
                                                 : fmt::format("{} holds", saga.key_holder()),
                       saga.exclusive_key());
  }
  if (saga.has_start_time() && ToTime(saga.start_time()) > now) {
    return fmt::format("begins at {}", When(saga.start_time(), now));
  }
  return "";
}

std::string Waits(const v1::Step& step, absl::Time now) {
  if (IsUnderWay(step) && step.has_pending_until()) return PendingText(step, now);
  if (step.status() != v1::Step::RUNNING) return "";
  if (step.kind() == v1::Step::SLEEP) {
    return step.has_wake_time()
               ? fmt::format("is asleep at {} until {}", step.path(), When(step.wake_time(), now))
               : fmt::format("is asleep at {}", step.path());
  }
  if (step.kind() == v1::Step::AWAIT) {
    const std::string signal = fmt::format("waits for the signal {}", Named(step.path()));
    if (!step.has_wake_time()) return signal + ", however long it takes";
    const std::string until = fmt::format("{} until {}", signal, When(step.wake_time(), now));
    const std::string_view follows = Follows(step.otherwise());
    return follows.empty() ? until : fmt::format("{}, then {}", until, follows);
  }
  if (step.kind() != v1::Step::KIND_UNSPECIFIED) return "";
  // A node of a definition that the server lacks: a wait of one kind or the other.
  if (step.has_wake_time()) {
    return fmt::format("waits at {} until {}", step.path(), When(step.wake_time(), now));
  }
  return step.action_attempts() == 0 ? fmt::format("waits at {}", step.path()) : "";
}

std::string Progress(const v1::Saga& saga, const v1::Step& step) {
  if (!IsUnderWay(step)) return "";
  if (step.kind() == v1::Step::FOR_EACH) {
    return fmt::format("{} of {} elements of '{}' are under way",
                       ElementsUnderWay(saga, step.path()), step.count(), step.path());
  }
  if (step.kind() == v1::Step::REPEAT && step.round() > 0) {
    const std::string of = step.rounds() > 0 ? fmt::format(" of {}", step.rounds()) : "";
    return fmt::format("round {}{} of '{}' is under way", step.round(), of, step.path());
  }
  return "";
}

}  // namespace skald::ctl
