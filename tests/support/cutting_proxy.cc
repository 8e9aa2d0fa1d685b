#include "tests/support/cutting_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/check.h"

namespace skald::testing_support {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

// Empty: the other side has closed.
std::string Receive(int fd) {
  std::array<char, 65536> buffer;
  const ssize_t got = recv(fd, buffer.data(), buffer.size(), 0);
  return got > 0 ? std::string(buffer.data(), static_cast<size_t>(got)) : std::string();
}

bool Send(int fd, const std::string& bytes) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t now = send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (now <= 0) return false;
    sent += static_cast<size_t>(now);
  }
  return true;
}

}  // namespace

CuttingProxy::CuttingProxy(int server_port) : server_port_(server_port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  stop_fd_ = eventfd(0, EFD_CLOEXEC);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  const bool listens = listener_ >= 0 && stop_fd_ >= 0 &&
                       bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                       listen(listener_, 16) == 0 &&
                       getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  SKALD_CHECK(listens, "the proxy cannot listen: error {}", errno);
  port_ = ntohs(address.sin_port);
  thread_.emplace("cutting-proxy", [this] { Run(); });
}

CuttingProxy::~CuttingProxy() {
  const uint64_t one = 1;
  SKALD_CHECK(write(stop_fd_, &one, sizeof(one)) == sizeof(one), "error {}", errno);
  thread_->Join();
  for (const Link& link : links_) {
    close(link.client);
    close(link.server);
  }
  close(listener_);
  close(stop_fd_);
}

void CuttingProxy::CutOnce(std::string request, Cut cut, std::string answer_end) {
  MutexLock lock(mutex_);
  order_ = Order{std::move(request), cut, std::move(answer_end)};
}

int CuttingProxy::cuts() {
  MutexLock lock(mutex_);
  return cuts_;
}

void CuttingProxy::Run() {
  while (true) {
    std::vector<pollfd> files = {{stop_fd_, POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const Link& link : links_) {
      files.push_back({link.client, POLLIN, 0});
      files.push_back({link.server, POLLIN, 0});
    }
    if (poll(files.data(), files.size(), -1) < 0) continue;
    if (files[0].revents != 0) return;
    size_t next = 2;
    for (auto link = links_.begin(); link != links_.end(); next += 2) {
      const bool lives = (files[next].revents == 0 || FromClient(*link)) &&
                         (files[next + 1].revents == 0 || FromServer(*link));
      if (lives) {
        ++link;
        continue;
      }
      close(link->client);
      close(link->server);
      link = links_.erase(link);
    }
    if (files[1].revents != 0) Accept();
  }
}

void CuttingProxy::Accept() {
  Link link;
  link.client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (link.client < 0) return;
  link.server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(server_port_);
  if (connect(link.server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(link.client);
    close(link.server);
    return;
  }
  links_.push_back(std::move(link));
}

bool CuttingProxy::FromClient(Link& link) {
  const std::string bytes = Receive(link.client);
  if (bytes.empty()) return false;
  link.sent += bytes;
  {
    MutexLock lock(mutex_);
    if (order_ && link.sent.find(order_->request) != std::string::npos) {
      link.losing = std::exchange(order_, std::nullopt);
      if (link.losing->cut == Cut::kBeforeTheRequest) {
        ++cuts_;
        return false;
      }
    }
  }
  constexpr size_t kLongestRequest = 256;
  if (link.sent.size() > kLongestRequest) link.sent.erase(0, link.sent.size() - kLongestRequest);
  return Send(link.server, bytes);
}

bool CuttingProxy::FromServer(Link& link) {
  const std::string bytes = Receive(link.server);
  if (bytes.empty()) return false;
  if (!link.losing) return Send(link.client, bytes);
  link.kept_back += bytes;
  if (!link.kept_back.ends_with(link.losing->answer_end)) return true;
  MutexLock lock(mutex_);
  ++cuts_;
  return false;
}

}  // namespace skald::testing_support
