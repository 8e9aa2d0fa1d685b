#include "examples/shared/serve.h"

#include <fmt/core.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>

namespace demo {
namespace {

constexpr std::chrono::seconds kStopWithin{5};

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

void BlockStopSignals() {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

int Serve(const std::string& address, const std::vector<grpc::Service*>& services, Faults& faults) {
  grpc::ServerBuilder builder;
  int port = 0;
  // gRPC would otherwise let two servers share one port, each getting half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  for (grpc::Service* const service : services) builder.RegisterService(service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    fmt::print(stderr, "cannot listen on '{}': is the port taken?\n", address);
    return 1;
  }
  fmt::print("listening on {}:{}\n", address.substr(0, address.rfind(':')), port);
  std::fflush(stdout);
  const sigset_t signals = StopSignals();
  int signal = 0;
  sigwait(&signals, &signal);
  faults.Stop();
  server->Shutdown(std::chrono::system_clock::now() + kStopWithin);
  server->Wait();
  return 0;
}

}  // namespace demo
