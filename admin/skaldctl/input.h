// Where JSON on the command line comes from: `--input`, `--message`, `--response`.
// Threading: plain functions.
#ifndef SKALD_ADMIN_SKALDCTL_INPUT_H_
#define SKALD_ADMIN_SKALDCTL_INPUT_H_

#include <string>

#include "absl/status/statusor.h"

namespace skald::ctl {

// `flag`, for errors: "--input". `argument`: JSON itself, `@file`, or `-` for stdin. The text,
// which is JSON at least in form; what it must hold only the server knows. INVALID_ARGUMENT: cannot
// be read, is empty, over 16 MiB, or no JSON (with line and column).
absl::StatusOr<std::string> ReadJsonInput(const std::string& flag, const std::string& argument);

}  // namespace skald::ctl

#endif  // SKALD_ADMIN_SKALDCTL_INPUT_H_
