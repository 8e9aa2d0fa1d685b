// The main loop of an example participant.
#ifndef SKALD_EXAMPLES_SHARED_SERVE_H_
#define SKALD_EXAMPLES_SHARED_SERVE_H_

#include <grpcpp/impl/codegen/service_type.h>

#include <string>
#include <vector>

#include "examples/shared/faults.h"

namespace demo {

// Before the first thread: SIGTERM and SIGINT are then for Serve alone.
void BlockStopSignals();

// Serves on `address` ("127.0.0.1:0": any free port) without TLS, prints "listening on host:port",
// and returns the exit code after SIGTERM or SIGINT, when the calls at hand have ended.
int Serve(const std::string& address, const std::vector<grpc::Service*>& services, Faults& faults);

}  // namespace demo

#endif  // SKALD_EXAMPLES_SHARED_SERVE_H_
