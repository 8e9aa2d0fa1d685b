#include "participant/guard.h"

#include <algorithm>
#include <utility>

#include "base/rejection.h"
#include "base/status.h"
#include "base/text.h"

namespace skald::participant {
namespace {

constexpr size_t kMessageBytes = 4096;

GuardEntry::Kind KindOf(const GuardedCall& call) {
  return call.info.IsCompensation() ? GuardEntry::Kind::kCompensation : GuardEntry::Kind::kAction;
}

GuardEntry EntryOf(const GuardedCall& call, absl::Time now) {
  GuardEntry entry;
  entry.key = call.info.idempotency_key;
  entry.saga_id = call.info.saga_id;
  entry.kind = KindOf(call);
  entry.request_digest = call.request_digest;
  entry.epoch = call.info.epoch;
  entry.created_us = ToMicros(now);
  return entry;
}

GuardEntry BlockOf(const GuardedCall& call, absl::Time now) {
  GuardEntry entry = EntryOf(call, now);
  entry.key = call.info.compensates;
  entry.kind = GuardEntry::Kind::kBlockedAction;
  entry.request_digest.clear();
  entry.code = absl::StatusCode::kFailedPrecondition;
  entry.message =
      fmt::format("'{}' was compensated before it arrived: it has no effect", entry.key);
  return entry;
}

// Claims `entry`'s key; nothing if that succeeded, else what is there.
absl::StatusOr<std::optional<GuardEntry>> ClaimOrFind(GuardTransaction& transaction,
                                                      const GuardEntry& entry) {
  SKALD_ASSIGN_OR_RETURN(const bool claimed, transaction.Claim(entry));
  if (claimed) return std::optional<GuardEntry>();
  SKALD_ASSIGN_OR_RETURN(std::optional<GuardEntry> found, transaction.Find(entry.key));
  if (!found.has_value()) {
    return Error(absl::StatusCode::kAborted, "key '{}' was forgotten while it was read: try again",
                 entry.key);
  }
  return found;
}

// The action's key is claimed before the call's own, which serializes a compensation with its
// action: whichever commits first is what the other one sees.
absl::StatusOr<GuardFindings> ClaimKeys(GuardTransaction& transaction, const GuardedCall& call,
                                        Fencing fencing, absl::Time now) {
  GuardFindings findings;
  if (call.info.IsCompensation()) {
    SKALD_ASSIGN_OR_RETURN(findings.action, ClaimOrFind(transaction, BlockOf(call, now)));
  }
  SKALD_ASSIGN_OR_RETURN(findings.own, ClaimOrFind(transaction, EntryOf(call, now)));
  // After the claims, which may have waited while another call brought a new epoch.
  if (fencing == Fencing::kOn && !call.info.saga_id.empty()) {
    SKALD_ASSIGN_OR_RETURN(findings.highest_epoch, transaction.HighestEpoch(call.info.saga_id));
  }
  return findings;
}

absl::StatusOr<std::string> FirstAnswer(const GuardEntry& entry) {
  if (entry.code == absl::StatusCode::kOk) return entry.reply;
  return absl::Status(entry.code, entry.message);
}

absl::StatusOr<std::string> Repeat(GuardTransaction& transaction, const GuardedCall& call,
                                   GuardEntry entry, Fencing fencing) {
  // A repeat may be the first that is heard of a new owner.
  if (fencing == Fencing::kOn && call.info.epoch > entry.epoch) {
    entry.epoch = call.info.epoch;
    SKALD_RETURN_IF_ERROR(transaction.Update(entry));
    SKALD_RETURN_IF_ERROR(transaction.Commit());
  }
  return FirstAnswer(entry);
}

absl::StatusOr<std::string> RunAndKeep(GuardTransaction& transaction, const GuardedCall& call,
                                       absl::Time now) {
  GuardEntry entry = EntryOf(call, now);
  absl::StatusOr<std::string> reply = transaction.RunChange();
  if (reply.ok()) {
    entry.reply = *std::move(reply);
  } else if (IsRejection(reply.status().code()) && !call.info.IsCompensation()) {
    entry.code = reply.status().code();
    entry.message = CleanText(Message(reply.status()), kMessageBytes);
  } else {
    return reply;
  }
  SKALD_RETURN_IF_ERROR(transaction.Update(entry));
  SKALD_RETURN_IF_ERROR(transaction.Commit());
  return FirstAnswer(entry);
}

}  // namespace

const Clock& ClockOf(const GuardOptions& options) {
  static const RealClock real;
  return options.clock == nullptr ? real : *options.clock;
}

Verdict Decide(const GuardedCall& call, const GuardFindings& findings, Fencing fencing) {
  if (fencing == Fencing::kOn && call.info.epoch < findings.highest_epoch) {
    return Verdict::kRefuseStaleEpoch;
  }
  if (findings.own.has_value()) {
    const GuardEntry& own = *findings.own;
    if (own.kind == GuardEntry::Kind::kBlockedAction && !call.info.IsCompensation()) {
      return Verdict::kRepeatFirstAnswer;
    }
    const bool same = own.kind == KindOf(call) && own.request_digest == call.request_digest;
    return same ? Verdict::kRepeatFirstAnswer : Verdict::kRefuseOtherRequest;
  }
  if (!call.info.IsCompensation()) return Verdict::kRunChange;
  const bool had_effect =
      findings.action.has_value() && findings.action->code == absl::StatusCode::kOk;
  return had_effect ? Verdict::kRunChange : Verdict::kNothingToCompensate;
}

absl::StatusOr<std::string> Settle(GuardTransaction& transaction, const GuardedCall& call,
                                   Fencing fencing, absl::Time now) {
  SKALD_ASSIGN_OR_RETURN(GuardFindings findings, ClaimKeys(transaction, call, fencing, now));
  switch (Decide(call, findings, fencing)) {
    case Verdict::kRunChange: return RunAndKeep(transaction, call, now);
    case Verdict::kRepeatFirstAnswer:
      return Repeat(transaction, call, *std::move(findings.own), fencing);
    case Verdict::kNothingToCompensate:
      SKALD_RETURN_IF_ERROR(transaction.Commit());
      return std::string();
    case Verdict::kRefuseOtherRequest:
      return Error(absl::StatusCode::kAborted,
                   "key '{}' was first used with another method or request: one key, one request",
                   call.info.idempotency_key);
    case Verdict::kRefuseStaleEpoch:
      return Error(absl::StatusCode::kAborted,
                   "epoch {} of saga '{}' is over, epoch {} has been seen: a newer node owns it",
                   call.info.epoch, call.info.saga_id, findings.highest_epoch);
  }
  return Internal("no verdict on key '{}'", call.info.idempotency_key);
}

}  // namespace skald::participant
