#include <fmt/format.h>
#include "absl/time/time.h"

#include <cmath>
#include <optional>
#include <string_view>

#include "base/status.h"
#include "sagas/validate_rules.h"

namespace skald {
namespace {

void CheckRetry(const Node& step, std::string_view which, const RetryPolicy& policy,
                Findings& findings) {
  const auto refuse = [&](std::string_view what) {
    findings.Complain("{}, {}: {}", Where(step), which, what);
  };
  if (policy.attempts < 0) {
    refuse("attempts are below 0: give at least 1, or RetryPolicy::kUnlimited");
  }
  if (policy.first < absl::ZeroDuration()) refuse("the first delay is below 0");
  // Written so that a NaN fails, too.
  if (!(policy.multiplier >= 1) || std::isinf(policy.multiplier)) {
    refuse("the multiplier is not a number from 1 on: delays must not shrink");
  }
  if (policy.most < policy.first) {
    refuse("the longest delay (most) is shorter than the first one");
  }
  if (policy.budget <= absl::ZeroDuration()) {
    refuse("the budget is not above 0: there would be no attempt at all");
  }
}

void CheckCall(const Node& step, std::string_view which, const Call& call, Findings& findings) {
  if (!IsName(call.participant)) {
    findings.Complain("{} calls the participant '{}', which is no name: {}", Where(step),
                      call.participant, kNameRule);
  }
  if (call.outcomes.contains(absl::StatusCode::kOk)) {
    findings.Complain(
        "{} says what OK comes to in its {}: OK is always a success; let the participant answer "
        "with another code, or look at the reply in a choose",
        Where(step), which);
  }
  for (const auto& [code, keep] : call.keep_mapped) {
    const auto mapped = call.outcomes.find(code);
    if (mapped != call.outcomes.end() && mapped->second == Outcome::kSucceeded) continue;
    findings.Complain(
        "{} keeps something of {} in its {}, where that does not count as succeeded: remove the "
        "function from the Map, or map it to kSucceeded",
        Where(step), CodeName(code), which);
  }
}

void CheckStepWithoutAction(const Node& step, Findings& findings) {
  if (!step.compensation.has_value()) {
    findings.Complain(
        "{} calls nothing, neither forward nor back: add .Call<&Service::Stub::Method>(...) or "
        ".Compensate<&Service::Stub::Method>(...)",
        Where(step));
    return;
  }
  if (step.pivot) {
    findings.Complain(
        "{} is the pivot and calls nothing: the pivot is an action that cannot be undone; add "
        ".Call<...>(...) or make another step the pivot",
        Where(step));
  }
  if (step.has_action_retry) {
    findings.Complain(
        "{} says how often its action is tried and has none: remove Retry, or say it of the "
        "compensation with RetryCompensation",
        Where(step));
  }
}

}  // namespace

void CheckStep(const Node& step, Findings& findings) {
  if (!step.action.has_value()) CheckStepWithoutAction(step, findings);
  if (step.compensation.has_value() && step.nothing_to_compensate) {
    findings.Complain("{} has a compensation and also NothingToCompensate: remove one",
                      Where(step));
  }
  if (step.timeout <= absl::ZeroDuration()) {
    findings.Complain("{} has a timeout of {}: give one above zero", Where(step),
                      absl::FormatDuration(step.timeout));
  }
  if (step.pending_timeout <= absl::ZeroDuration()) {
    findings.Complain("{} may be pending for {}: give a time above zero", Where(step),
                      absl::FormatDuration(step.pending_timeout));
  }
  if (step.action.has_value()) CheckCall(step, "action", *step.action, findings);
  if (step.compensation.has_value()) {
    CheckCall(step, "compensation", *step.compensation, findings);
  }
  CheckRetry(step, "retry policy", step.action_retry, findings);
  CheckRetry(step, "retry policy of the compensation", step.compensation_retry, findings);
}

}  // namespace skald
