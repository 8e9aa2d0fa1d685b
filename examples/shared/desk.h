// Where the calls of an example participant come in: the guard, with the faults around it. A
// participant of yours calls the guard itself, as the head of participant/sqlite_guard.h shows.
//
//   grpc::Status Reserve(grpc::ServerContext* context, const ReserveRequest* request,
//                        ReserveResponse* response) override {
//     return desk_.Serve("Reserve", *context, *request, response,
//                        [&](sqlite3* db, const CallInfo& call) -> absl::Status { ... });
//   }
//
// Locked: may be used from any thread.
#ifndef SKALD_EXAMPLES_SHARED_DESK_H_
#define SKALD_EXAMPLES_SHARED_DESK_H_

#include <grpcpp/support/status.h>

#include <string>

#include "base/status.h"
#include "examples/shared/faults.h"
#include "participant/sqlite_guard.h"

namespace demo {

class Desk final {
 public:
  // Both must outlive the desk.
  Desk(skald::participant::SqliteGuard& guard, Faults& faults) : guard_(guard), faults_(faults) {}

  template <typename Request, typename Response, typename Change>
  grpc::Status Serve(const char* method, grpc::ServerContextBase& context, const Request& request,
                     Response* response, const Change& change) {
    const Fault fault = faults_.Take(method);
    if (fault.kind == FaultKind::kFail) return Broken(method, "fails before any work");
    if (fault.kind == FaultKind::kDelay) faults_.Wait(fault.delay);
    const grpc::Status status =
        guard_.Run(context, request, response,
                   [&](sqlite3* db, const skald::participant::CallInfo& call) -> absl::Status {
                     if (fault.kind == FaultKind::kReject) {
                       return skald::FailedPrecondition("{} says no, as it was told to", method);
                     }
                     return change(db, call);
                   });
    if (fault.kind == FaultKind::kLoseReply) return Broken(method, "loses its reply");
    return status;
  }

 private:
  static grpc::Status Broken(const char* method, const char* how) {
    return {grpc::StatusCode::UNAVAILABLE, fmt::format("{} {}, as it was told to", method, how)};
  }

  skald::participant::SqliteGuard& guard_;
  Faults& faults_;
};

}  // namespace demo

#endif  // SKALD_EXAMPLES_SHARED_DESK_H_
