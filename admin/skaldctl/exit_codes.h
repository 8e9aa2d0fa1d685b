// What skaldctl's exit code tells a script. Part of its interface: never renumber.
// Threading: plain functions.
#ifndef SKALD_ADMIN_SKALDCTL_EXIT_CODES_H_
#define SKALD_ADMIN_SKALDCTL_EXIT_CODES_H_

#include "absl/status/status.h"
#include "skald/v1/saga.pb.h"

namespace skald::ctl {

enum class ExitCode : int {
  kOk = 0,
  // Anything that has no number of its own.
  kOther = 1,
  // The command line is wrong, or the server answered INVALID_ARGUMENT.
  kUsage = 2,
  kNotFound = 4,
  // PERMISSION_DENIED, UNAUTHENTICATED.
  kDenied = 5,
  kUnavailable = 6,
  // FAILED_PRECONDITION, ALREADY_EXISTS, ABORTED.
  kWrongState = 7,
  // DEADLINE_EXCEEDED, or what was waited for did not come in time.
  kDeadline = 8,
  // How a saga ended that was waited for.
  kCompensated = 20,
  kDeadLettered = 21,
  kResolved = 22,
};

ExitCode ExitCodeOf(const absl::Status& status);

// kDeadline for a saga that is still under way.
ExitCode ExitCodeOf(v1::Saga::Status status);

// The one that says more about what is wrong, for a command that did several things: kOther is the
// worst, then kUnavailable, kDeadline, kDenied, kUsage, kNotFound, kWrongState; kOk is the best.
ExitCode Worse(ExitCode a, ExitCode b);

}  // namespace skald::ctl

#endif  // SKALD_ADMIN_SKALDCTL_EXIT_CODES_H_
