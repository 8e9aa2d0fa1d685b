// main() of an example participant: a book in SQLite, a guard on it, one service, and the faults.
#ifndef SKALD_EXAMPLES_SHARED_PARTICIPANT_MAIN_H_
#define SKALD_EXAMPLES_SHARED_PARTICIPANT_MAIN_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "examples/shared/desk.h"
#include "participant/sqlite_guard.h"

namespace demo {

// What one participant is. A plain value.
struct Participant {
  std::string description;
  // The methods that faults can be set for.
  std::vector<std::string> methods;
  // Creates the tables of the book, if they are not there.
  std::function<absl::Status(sqlite3* db)> create_book;
  // `initial`: see `initial_flag`.
  std::function<std::unique_ptr<grpc::Service>(Desk& desk, int64_t initial)> make_service;
  // "--stock": with how much a new row of the book begins; empty: there is no such flag.
  std::string initial_flag;
  std::string initial_help;
  int64_t initial = 0;
};

// Reads the flags --listen, --book and the participant's own, serves, and returns the exit code.
int RunParticipant(int argc, char** argv, const Participant& participant);

}  // namespace demo

#endif  // SKALD_EXAMPLES_SHARED_PARTICIPANT_MAIN_H_
