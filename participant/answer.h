// What a business function answers: its reply, a no, or that it has begun and will finish later.
//
//   if (!arrived) return Pending{.poll_after = absl::Seconds(30)};
//   return absl::OkStatus();
//
// Plain values.
#ifndef SKALD_PARTICIPANT_ANSWER_H_
#define SKALD_PARTICIPANT_ANSWER_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace skald::participant {

// The call was accepted and has not ended.
struct Pending {
  // When Skald is to ask again, with the same key. Zero: not at all, it is told by CompleteStep.
  absl::Duration poll_after;
};

// Each of the things that a function may return becomes one by itself.
class Answer final {
 public:
  // NOLINTBEGIN(google-explicit-constructor)
  Answer(absl::Status status) : status_(std::move(status)) {}
  Answer(std::string reply) : reply_(std::move(reply)) {}
  Answer(absl::StatusOr<std::string> reply) : status_(reply.status()) {
    if (reply.ok()) reply_ = *std::move(reply);
  }
  Answer(Pending pending) : pending_(pending) {}
  // NOLINTEND(google-explicit-constructor)

  // The call has ended, and well.
  [[nodiscard]] bool Succeeded() const { return status_.ok() && !pending_.has_value(); }
  // OK also while the call is pending.
  [[nodiscard]] const absl::Status& status() const { return status_; }
  [[nodiscard]] const std::optional<Pending>& pending() const { return pending_; }
  // Serialized. Empty unless the call Succeeded.
  [[nodiscard]] const std::string& reply() const { return reply_; }

 private:
  absl::Status status_;
  std::string reply_;
  std::optional<Pending> pending_;
};

}  // namespace skald::participant

#endif  // SKALD_PARTICIPANT_ANSWER_H_
