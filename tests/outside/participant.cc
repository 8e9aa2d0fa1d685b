// A participant that uses no code of Skald: plain gRPC services. A card whose number begins with
// "bad" is refused. Prints the port it listens on, then one line per call, and stops when its
// standard input ends.
#include <grpcpp/grpcpp.h>

#include <iostream>
#include <limits>
#include <string>

#include "cinema/v1/cinema.grpc.pb.h"

namespace {

class Seats final : public cinema::v1::Seats::Service {
 public:
  grpc::Status Reserve(grpc::ServerContext* /*context*/, const cinema::v1::ReserveRequest* request,
                       cinema::v1::ReserveResponse* response) override {
    std::cout << "reserve " + request->film() + "\n" << std::flush;
    response->set_seat(7);
    return grpc::Status::OK;
  }

  grpc::Status Release(grpc::ServerContext* /*context*/, const cinema::v1::ReleaseRequest* request,
                       cinema::v1::ReleaseResponse* /*response*/) override {
    std::cout << "release " + std::to_string(request->seat()) + "\n" << std::flush;
    return grpc::Status::OK;
  }
};

class Cards final : public cinema::v1::Cards::Service {
 public:
  grpc::Status Charge(grpc::ServerContext* /*context*/, const cinema::v1::ChargeRequest* request,
                      cinema::v1::ChargeResponse* response) override {
    std::cout << "charge " + std::to_string(request->cents()) + "\n" << std::flush;
    if (request->card().rfind("bad", 0) == 0) {
      return {grpc::StatusCode::FAILED_PRECONDITION, "the card is refused"};
    }
    response->set_receipt("receipt-1");
    return grpc::Status::OK;
  }
};

}  // namespace

int main() {
  Seats seats;
  Cards cards;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&seats);
  builder.RegisterService(&cards);
  const auto server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  std::cout << port << "\n" << std::flush;
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
  server->Shutdown();
  return 0;
}
