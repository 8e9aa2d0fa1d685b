// An error of the server as people read it.
// Threading: plain functions.
#ifndef SKALD_ADMIN_SKALDCTL_ERROR_TEXT_H_
#define SKALD_ADMIN_SKALDCTL_ERROR_TEXT_H_

#include <string>

#include "absl/status/status.h"

namespace skald::ctl {

// The message, then an indented line for each detail; ends with a line break:
//
//   INVALID_ARGUMENT: the input does not fit
//     field input.quantity: must be positive
//     reason: BAD_INPUT (skald), type = OrderState
//     try again in 2s
std::string DescribeError(const absl::Status& status);

// On one line, without the details.
std::string ShortError(const absl::Status& status);

// "UNAVAILABLE" for 14; "CODE(99)" for what gRPC does not know.
std::string GrpcCodeName(int code);

}  // namespace skald::ctl

#endif  // SKALD_ADMIN_SKALDCTL_ERROR_TEXT_H_
