// The guard: makes each call of a saga take effect once, in whatever order and number its
// deliveries arrive. It keeps a table of keys (skald_guard) in the participant's own database and
// changes it in the transaction that makes the business change, so that the two cannot disagree.
//
//   what arrives                                   what the guard does
//   ---------------------------------------------  -------------------------------------------
//   a key for the first time                       runs the business change, keeps what it answered
//   a key again                                    repeats what it answered first, changes nothing
//   a compensation; its action was never seen      succeeds, and blocks the action
//   an action that a compensation has blocked      FAILED_PRECONDITION, changes nothing
//   a compensation; its action was rejected        succeeds, changes nothing
//   a compensation; its action succeeded           runs the business compensation, once
//   a compensation of a step without an action     runs the business compensation, once
//   a known key with another request               ABORTED, changes nothing
//   (with Fencing::kOn) an epoch lower than seen   ABORTED, changes nothing
//   a key again, its first answer was `pending`    runs the business change again, which answers
//                                                  `pending` again or ends the matter
//   a compensation; its action is pending          runs the business compensation, and blocks the
//                                                  action: what was begun must not be finished
//   Finish of a key that is pending                runs the change that ends the matter
//   Finish of any other key                        repeats how it ended, changes nothing
//
// Why ABORTED: the caller must count these as uncertain. The first delivery of that key may well
// have taken effect; a rejection would tell the engine that there is nothing to compensate.
//
// What the business function answers decides what is kept:
//   OK                              its change and its reply
//   a rejection of an action        the rejection, but not the change: whoever asks again, even by
//                                   a delayed duplicate, must hear the same no, for on that no the
//                                   saga has gone on
//   a rejection of a compensation   nothing: a compensation is wanted until it succeeds, and an
//                                   operator's retry must be able to
//   Pending                         its change, and that the key is pending
//   anything else                   nothing: it may be tried again
//
// What Finish answers tells the job that carries a pending call out:
//   OK              finished, now or before: tell Skald (CompleteStep)
//   a rejection     refused for good, by the change or because a compensation has come: give it up
//   Pending         the change said so: it is kept (a job's progress), the call goes on
//   anything else   nothing is kept: try again
//
// Authors use SqliteGuard or PostgresGuard. This file is what both share: plain values and
// functions of their arguments, confined to the thread that calls them.
#ifndef SKALD_PARTICIPANT_GUARD_H_
#define SKALD_PARTICIPANT_GUARD_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "participant/answer.h"
#include "participant/call_info.h"

namespace skald::participant {

// Whether a call with a lower skald-epoch than the guard has recorded for its saga is refused. The
// guard is safe without it; with it, a node that lost the saga learns of it at the first call.
enum class Fencing { kOff, kOn };

struct GuardOptions {
  Fencing fencing = Fencing::kOff;
  // Null: the real one. Must outlive the guard.
  const Clock* clock = nullptr;
};

const Clock& ClockOf(const GuardOptions& options);

struct GuardedCall {
  CallInfo info;
  std::string request_digest;
};

// A row of skald_guard.
struct GuardEntry {
  enum class Kind {
    kAction = 1,
    kCompensation = 2,
    // The key of an action that had not arrived, or not ended, when its compensation came.
    kBlockedAction = 3,
    // Kinds of their own, not a column: a guard of an older release, on the same table, must not
    // take them for calls that have ended. It refuses their keys as uncertain.
    kPendingAction = 4,
    kPendingCompensation = 5,
  };

  std::string key;
  std::string saga_id;
  Kind kind = Kind::kAction;
  absl::StatusCode code = absl::StatusCode::kOk;
  std::string message;
  std::string reply;
  std::string request_digest;
  int64_t epoch = 0;
  int64_t created_us = 0;
};

enum class Verdict {
  kRunChange,
  kRepeatFirstAnswer,
  kNothingToCompensate,
  kRefuseOtherRequest,
  kRefuseStaleEpoch,
};

// What the table held when the call came.
struct GuardFindings {
  // Under the call's own key.
  std::optional<GuardEntry> own;
  // Of a compensation: under the action's key. Nothing: the action was never seen.
  std::optional<GuardEntry> action;
  // The highest epoch recorded for the saga.
  int64_t highest_epoch = 0;
};

// The table in this file's head, as a function.
Verdict Decide(const GuardedCall& call, const GuardFindings& findings, Fencing fencing);

// One local transaction, open. Rolled back when destroyed, unless committed. Its errors
// never carry a code that IsRejection: a broken store is no answer of the business.
class GuardTransaction {
 public:
  virtual ~GuardTransaction() = default;

  // Inserts `entry` if its key is not there, and says whether it did. Waits for another transaction
  // that has inserted this key and is not yet committed.
  virtual absl::StatusOr<bool> Claim(const GuardEntry& entry) = 0;
  // Waits for another transaction that has found the same key, until that one has ended.
  virtual absl::StatusOr<std::optional<GuardEntry>> Find(const std::string& key) = 0;
  virtual absl::StatusOr<int64_t> HighestEpoch(const std::string& saga_id) = 0;
  // Writes kind, code, message, reply and epoch of an entry that is there.
  virtual absl::Status Update(const GuardEntry& entry) = 0;
  // Runs the business function. If what it answers is an error, its change is undone, but nothing
  // else of this transaction.
  virtual Answer RunChange() = 0;
  virtual absl::Status Commit() = 0;
};

// The flow: settles the call in `transaction`, and commits if there is something to keep. Returns
// what the caller is to be told.
Answer Settle(GuardTransaction& transaction, const GuardedCall& call, Fencing fencing,
              absl::Time now);

// The flow of Finish: settles the call that `key` belongs to. NOT_FOUND: the key was never seen, or
// is forgotten.
Answer SettleLater(GuardTransaction& transaction, const std::string& key);

}  // namespace skald::participant

#endif  // SKALD_PARTICIPANT_GUARD_H_
