// Everything that can happen to a saga. Each event carries the time at which it happened: the core
// reads no clock. Plain values.
#ifndef SKALD_ENGINE_CORE_EVENT_H_
#define SKALD_ENGINE_CORE_EVENT_H_

#include <cstdint>
#include <map>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "skald/v1/saga.pb.h"

namespace skald::core {

// A client starts a saga. The only event for which there is no record yet.
struct Start {
  std::string saga_id;
  int32_t shard = 0;
  // Serialized message of the definition's state type.
  std::string input;
  // SHA-256 over definition and input (`InputDigest` in engine/core/record.h).
  std::string input_digest;
  std::map<std::string, std::string> labels;
  // InfiniteFuture: none.
  absl::Time deadline = absl::InfiniteFuture();
  // Nothing is sent before. InfinitePast: at once.
  absl::Time start_at = absl::InfinitePast();
  int tier = 1;
  // What Definition::exclusive makes of the input; empty: none.
  std::string exclusive_key;
  // Another saga holds the key: this one is to wait for it.
  bool queued = false;
};

// The outcome of an attempt became known, or it became known that it never will.
struct AttemptEnded {
  std::string step;
  v1::Phase phase = v1::PHASE_UNSPECIFIED;
  int attempt = 0;
  // Canonical code; kOk with a reply that the core cannot use counts as uncertain.
  absl::StatusCode code = absl::StatusCode::kOk;
  std::string message;
  // Serialized response message.
  std::string reply;
  absl::Duration elapsed;
  // What the participant asked for by RetryInfo or grpc-retry-pushback-ms: not sooner than this.
  // Zero: it asked for nothing. Negative: it asked not to be called again (the retries end).
  absl::Duration pushback;
  // With kOk: the participant will finish later (header `skald-outcome: pending`), and asks to be
  // asked again after `poll_after` (header `skald-poll-after`); zero: it will tell.
  bool pending = false;
  absl::Duration poll_after;
};

// A participant tells how a pending call ended.
struct Completion {
  std::string step;
  v1::Phase phase = v1::PHASE_UNSPECIFIED;
  // As in AttemptEnded.
  absl::StatusCode code = absl::StatusCode::kOk;
  std::string message;
  std::string reply;
};

// A message for an Await. Its type has been checked.
struct Signal {
  // The name of an Await, or the whole path of one.
  std::string name;
  // Serialized message.
  std::string payload;
  // The sender's, by which a repeated one is known. Not empty.
  std::string id;
  std::string actor;
};

// The record's due time has come. For a queued saga also: its key may be free.
struct TimerFired {};

// A node has taken over the saga from the store: what was in flight is uncertain now.
struct Recovered {};

// Orders: who gave it, and why.
struct Order {
  enum class Verb { kCancel, kPause, kResume, kRetry, kSkip, kResolve };
  Verb verb = Verb::kCancel;
  std::string actor;
  std::string reason;
  // Of kRetry, kSkip and kResolve: the dead letter that is meant; 0: the open one.
  int dead_letter = 0;
};

struct Event {
  absl::Time at;
  // Of the shard's owner.
  int64_t epoch = 0;
  std::variant<Start, AttemptEnded, Completion, Signal, TimerFired, Recovered, Order> what;
  // The node is stopping: take in what happened, start nothing. Who takes over goes on from there.
  bool hold = false;
};

// "cancel", "pause", "resume", "dead-letter.retry", ...: as in the audit and the history.
std::string_view VerbName(Order::Verb verb);

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_EVENT_H_
