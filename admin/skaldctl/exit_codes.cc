#include "admin/skaldctl/exit_codes.h"

namespace skald::ctl {
namespace {

int Badness(ExitCode code) {
  switch (code) {
    case ExitCode::kOk: return 0;
    case ExitCode::kCompensated:
    case ExitCode::kDeadLettered:
    case ExitCode::kResolved: return 1;
    case ExitCode::kWrongState: return 2;
    case ExitCode::kNotFound: return 3;
    case ExitCode::kUsage: return 4;
    case ExitCode::kDenied: return 5;
    case ExitCode::kDeadline: return 6;
    case ExitCode::kUnavailable: return 7;
    case ExitCode::kOther: return 8;
  }
  return 8;
}

}  // namespace

ExitCode ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk: return ExitCode::kOk;
    case absl::StatusCode::kInvalidArgument: return ExitCode::kUsage;
    case absl::StatusCode::kNotFound: return ExitCode::kNotFound;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated: return ExitCode::kDenied;
    case absl::StatusCode::kUnavailable: return ExitCode::kUnavailable;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted: return ExitCode::kWrongState;
    case absl::StatusCode::kDeadlineExceeded: return ExitCode::kDeadline;
    default: return ExitCode::kOther;
  }
}

ExitCode ExitCodeOf(v1::Saga::Status status) {
  switch (status) {
    case v1::Saga::COMPLETED: return ExitCode::kOk;
    case v1::Saga::COMPENSATED: return ExitCode::kCompensated;
    case v1::Saga::DEAD_LETTERED: return ExitCode::kDeadLettered;
    case v1::Saga::RESOLVED: return ExitCode::kResolved;
    default: return ExitCode::kDeadline;
  }
}

ExitCode Worse(ExitCode a, ExitCode b) { return Badness(a) >= Badness(b) ? a : b; }

}  // namespace skald::ctl
