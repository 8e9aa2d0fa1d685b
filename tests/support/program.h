// What tests need from the system to run other programs.
//
// Threading: functions that share nothing.
#ifndef SKALD_TESTS_SUPPORT_PROGRAM_H_
#define SKALD_TESTS_SUPPORT_PROGRAM_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace skald::testing_support {

// Runs a program, found along PATH, to its end and returns what it wrote to stdout and stderr.
// `input_fd` becomes its stdin; -1: it reads nothing. INTERNAL: it cannot be run or did not exit
// with 0; the message holds what it wrote.
absl::StatusOr<std::string> RunProgram(const std::vector<std::string>& words, int input_fd = -1);

// A TCP port of 127.0.0.1 on which nobody listens just now.
int FreePort();

}  // namespace skald::testing_support

#endif  // SKALD_TESTS_SUPPORT_PROGRAM_H_
