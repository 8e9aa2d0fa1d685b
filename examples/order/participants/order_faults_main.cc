// order_faults: tells an example participant to misbehave.
//
//   order_faults --address 127.0.0.1:7702 set Authorize lose_reply --times 4
//   order_faults --address 127.0.0.1:7702 set Authorize none
#include <fmt/core.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <map>
#include <string>

#include "examples/shared/faults.grpc.pb.h"

namespace {

using demo::v1::SetFaultRequest;

int Set(const std::string& address, const SetFaultRequest& request) {
  const auto stub =
      demo::v1::Faults::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
  context.set_wait_for_ready(true);
  demo::v1::SetFaultResponse response;
  const grpc::Status status = stub->Set(&context, request, &response);
  if (status.ok()) return 0;
  fmt::print(stderr, "{}: {}\n", address, status.error_message());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, int> kinds = {{"none", SetFaultRequest::NONE},
                                            {"reject", SetFaultRequest::REJECT},
                                            {"lose_reply", SetFaultRequest::LOSE_REPLY},
                                            {"fail", SetFaultRequest::FAIL},
                                            {"delay", SetFaultRequest::DELAY}};
  CLI::App app("Tells an example participant to misbehave");
  app.require_subcommand(1);
  std::string address;
  app.add_option("--address", address, "host:port of the participant")->required();
  CLI::App* const set = app.add_subcommand("set", "Sets the fault of one method");
  std::string method;
  int kind = 0;
  uint32_t times = 0;
  uint32_t delay_ms = 0;
  set->add_option("method", method, "such as Reserve")->required();
  set->add_option("kind", kind, "none, reject, lose_reply, fail or delay")
      ->required()
      ->transform(CLI::CheckedTransformer(kinds));
  set->add_option("--times", times, "how many calls suffer it (0: all, until none is set)");
  set->add_option("--delay-ms", delay_ms, "of delay: how long");
  CLI11_PARSE(app, argc, argv);

  SetFaultRequest request;
  request.set_method(method);
  request.set_kind(static_cast<SetFaultRequest::Kind>(kind));
  request.set_times(times);
  request.set_delay_ms(delay_ms);
  return Set(address, request);
}
