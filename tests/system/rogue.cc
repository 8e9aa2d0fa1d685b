#include "tests/system/rogue.h"

#include <arpa/inet.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <utility>

#include "base/check.h"

namespace skald::system_test {
namespace {

constexpr int kHangUpAfterMs = 500;

// One call: reads the request, whatever it is, and answers.
class Call final : public grpc::ServerGenericBidiReactor {
 public:
  Call(const Rogue::Answer& answer, std::string method)
      : answer_(answer), method_(std::move(method)) {
    StartRead(&buffer_);
  }

  void OnReadDone(bool) override {
    const std::optional<std::string> bytes = answer_(method_);
    if (!bytes.has_value()) return Finish(grpc::Status::OK);
    const grpc::Slice slice(*bytes);
    buffer_ = grpc::ByteBuffer(&slice, 1);
    StartWriteAndFinish(&buffer_, grpc::WriteOptions(), grpc::Status::OK);
  }
  void OnDone() override { delete this; }

 private:
  const Rogue::Answer& answer_;
  const std::string method_;
  grpc::ByteBuffer buffer_;
};

}  // namespace

class Rogue::Server final : public grpc::CallbackGenericService {
 public:
  explicit Server(Answer answer) : answer_(std::move(answer)) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
    SKALD_CHECK(server_ != nullptr, "no server");
  }
  ~Server() override { server_->Shutdown(std::chrono::system_clock::now()); }

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new Call(answer_, context->method().substr(context->method().rfind('/') + 1));
  }

  [[nodiscard]] int port() const { return port_; }

 private:
  const Answer answer_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

Rogue::Rogue(Answer answer)
    : server_(std::make_unique<Server>(std::move(answer))),
      address_("127.0.0.1:" + std::to_string(server_->port())) {}
Rogue::~Rogue() = default;

void SayTo(int port, const std::string& bytes) {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  SKALD_CHECK(connection >= 0, "no socket: error {}", errno);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
    send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    std::array<char, 4096> answer;
    pollfd readable = {connection, POLLIN, 0};
    while (poll(&readable, 1, kHangUpAfterMs) > 0 &&
           read(connection, answer.data(), answer.size()) > 0) {
    }
  }
  close(connection);
}

}  // namespace skald::system_test
