#include "engine/server/signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/check.h"

namespace skald::server {

Signals::Signals(std::function<void(int)> stop) : stop_(std::move(stop)) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  SKALD_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0, "signals cannot be blocked");
  signal(SIGPIPE, SIG_IGN);
  signals_ = signalfd(-1, &set, SFD_CLOEXEC);
  end_ = eventfd(0, EFD_CLOEXEC);
  SKALD_CHECK(signals_ >= 0 && end_ >= 0, "no file descriptor for signals: errno {}", errno);
  thread_ = std::make_unique<Thread>("signals", [this] { Run(); });
}

Signals::~Signals() {
  const uint64_t one = 1;
  SKALD_CHECK(write(end_, &one, sizeof(one)) == sizeof(one), "eventfd: errno {}", errno);
  thread_->Join();
  close(signals_);
  close(end_);
}

void Signals::Run() {
  bool stopping = false;
  for (;;) {
    std::array<pollfd, 2> files = {{{signals_, POLLIN, 0}, {end_, POLLIN, 0}}};
    if (poll(files.data(), files.size(), -1) < 0) continue;
    if (files[1].revents != 0) return;
    signalfd_siginfo info = {};
    if (read(signals_, &info, sizeof(info)) != sizeof(info)) continue;
    if (stopping) _exit(128 + static_cast<int>(info.ssi_signo));
    stopping = true;
    stop_(static_cast<int>(info.ssi_signo));
  }
}

}  // namespace skald::server
