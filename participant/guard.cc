#include "participant/guard.h"

#include <algorithm>
#include <utility>

#include "base/rejection.h"
#include "base/status.h"
#include "base/text.h"

namespace skald::participant {
namespace {

using Kind = GuardEntry::Kind;

constexpr size_t kMessageBytes = 4096;

Kind KindOf(const GuardedCall& call) {
  return call.info.IsCompensation() ? Kind::kCompensation : Kind::kAction;
}

bool IsPending(Kind kind) {
  return kind == Kind::kPendingAction || kind == Kind::kPendingCompensation;
}

Kind PendingKind(Kind kind) {
  return kind == Kind::kCompensation ? Kind::kPendingCompensation : Kind::kPendingAction;
}

Kind EndedKind(Kind kind) {
  switch (kind) {
    case Kind::kPendingAction: return Kind::kAction;
    case Kind::kPendingCompensation: return Kind::kCompensation;
    case Kind::kAction:
    case Kind::kCompensation:
    case Kind::kBlockedAction: break;
  }
  return kind;
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

GuardEntry Blocked(GuardEntry action, const char* before) {
  action.kind = Kind::kBlockedAction;
  action.code = absl::StatusCode::kFailedPrecondition;
  action.message =
      fmt::format("'{}' was compensated before it {}: it has no effect", action.key, before);
  return action;
}

GuardEntry BlockOf(const GuardedCall& call, absl::Time now) {
  GuardEntry entry = EntryOf(call, now);
  entry.key = call.info.compensates;
  entry.request_digest.clear();
  return Blocked(std::move(entry), "arrived");
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
  if (!call.info.compensates.empty()) {
    SKALD_ASSIGN_OR_RETURN(findings.action, ClaimOrFind(transaction, BlockOf(call, now)));
  }
  SKALD_ASSIGN_OR_RETURN(findings.own, ClaimOrFind(transaction, EntryOf(call, now)));
  // After the claims, which may have waited while another call brought a new epoch.
  if (fencing == Fencing::kOn && !call.info.saga_id.empty()) {
    SKALD_ASSIGN_OR_RETURN(findings.highest_epoch, transaction.HighestEpoch(call.info.saga_id));
  }
  return findings;
}

Answer FirstAnswer(const GuardEntry& entry) {
  if (entry.code == absl::StatusCode::kOk) return entry.reply;
  return absl::Status(entry.code, entry.message);
}

Answer Repeat(GuardTransaction& transaction, const GuardedCall& call, GuardEntry entry,
              Fencing fencing) {
  // A repeat may be the first that is heard of a new owner.
  if (fencing == Fencing::kOn && call.info.epoch > entry.epoch) {
    entry.epoch = call.info.epoch;
    SKALD_RETURN_IF_ERROR(transaction.Update(entry));
    SKALD_RETURN_IF_ERROR(transaction.Commit());
  }
  return FirstAnswer(entry);
}

// Writes the answer into the entry of its key. False: it is none to be kept.
bool Keep(const Answer& answer, GuardEntry& entry) {
  if (answer.pending().has_value()) {
    entry.kind = PendingKind(entry.kind);
    return true;
  }
  if (!answer.Succeeded()) {
    if (!IsRejection(answer.status().code()) || entry.kind == Kind::kCompensation) return false;
    entry.code = answer.status().code();
    entry.message = CleanText(Message(answer.status()), kMessageBytes);
  }
  entry.reply = answer.reply();
  return true;
}

// `own` is the entry of the call as if it had ended, `action` what a compensation has found.
Answer RunAndKeep(GuardTransaction& transaction, GuardEntry own,
                  std::optional<GuardEntry> action = {}) {
  Answer answer = transaction.RunChange();
  if (!Keep(answer, own)) return answer;
  SKALD_RETURN_IF_ERROR(transaction.Update(own));
  if (action.has_value() && action->kind == Kind::kPendingAction) {
    SKALD_RETURN_IF_ERROR(transaction.Update(Blocked(*std::move(action), "had ended")));
  }
  SKALD_RETURN_IF_ERROR(transaction.Commit());
  return answer.pending().has_value() ? answer : FirstAnswer(own);
}

Answer Run(GuardTransaction& transaction, const GuardedCall& call, GuardFindings findings,
           absl::Time now) {
  GuardEntry own = EntryOf(call, now);
  // A late delivery by an earlier owner, where fencing is off.
  if (findings.own.has_value()) own.epoch = std::max(own.epoch, findings.own->epoch);
  return RunAndKeep(transaction, std::move(own), std::move(findings.action));
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
    if (own.kind == Kind::kBlockedAction && !call.info.IsCompensation()) {
      return Verdict::kRepeatFirstAnswer;
    }
    const bool same =
        EndedKind(own.kind) == KindOf(call) && own.request_digest == call.request_digest;
    if (!same) return Verdict::kRefuseOtherRequest;
    return IsPending(own.kind) ? Verdict::kRunChange : Verdict::kRepeatFirstAnswer;
  }
  if (call.info.compensates.empty()) return Verdict::kRunChange;
  const bool had_effect =
      findings.action.has_value() && findings.action->code == absl::StatusCode::kOk;
  return had_effect ? Verdict::kRunChange : Verdict::kNothingToCompensate;
}

Answer Settle(GuardTransaction& transaction, const GuardedCall& call, Fencing fencing,
              absl::Time now) {
  SKALD_ASSIGN_OR_RETURN(GuardFindings findings, ClaimKeys(transaction, call, fencing, now));
  switch (Decide(call, findings, fencing)) {
    case Verdict::kRunChange: return Run(transaction, call, std::move(findings), now);
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

Answer SettleLater(GuardTransaction& transaction, const std::string& key) {
  SKALD_ASSIGN_OR_RETURN(std::optional<GuardEntry> found, transaction.Find(key));
  if (!found.has_value()) {
    return NotFound("key '{}' was never seen here, or is forgotten: there is nothing to finish",
                    key);
  }
  if (!IsPending(found->kind)) return FirstAnswer(*found);
  found->kind = EndedKind(found->kind);
  return RunAndKeep(transaction, *std::move(found));
}

}  // namespace skald::participant
