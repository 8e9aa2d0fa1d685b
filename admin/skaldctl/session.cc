#include "admin/skaldctl/session.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "absl/time/clock.h"
#include "admin/skaldctl/error_text.h"
#include "admin/skaldctl/text.h"
#include "base/status.h"

namespace skald::ctl {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(10);

std::string UserName() {
  for (const char* name : {"USER", "LOGNAME"}) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
  }
  if (const passwd* entry = getpwuid(geteuid()); entry != nullptr) return entry->pw_name;
  return fmt::format("uid {}", geteuid());
}

}  // namespace

Status Session::Open() {
  SKALD_ASSIGN_OR_RETURN(format_, ParseFormat(flags.output));
  if (!flags.timeout.empty()) {
    const auto timeout = ParseDuration(flags.timeout);
    if (!timeout.ok()) return InvalidArgument("--timeout: {}", Message(timeout.status()));
    if (*timeout == absl::ZeroDuration()) return InvalidArgument("--timeout must not be zero");
    timeout_ = *timeout;
  }
  if (flags.address.empty()) return InvalidArgument("--address is empty: give host:port");
  client_ =
      std::make_unique<Client>(flags.address, flags.timeout.empty() ? kCallTimeout : timeout_);
  return absl::OkStatus();
}

absl::Time Session::FollowUntil() const { return absl::Now() + timeout_; }

std::string Session::Actor() const {
  if (!flags.actor.empty()) return flags.actor;
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) return UserName();
  return fmt::format("{}@{}", UserName(), host.data());
}

bool Session::Out(std::string_view text) {
  if (out_ != OutState::kOpen) return false;
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) {
    return true;
  }
  out_ = errno == EPIPE ? OutState::kReaderGone : OutState::kFailed;
  if (out_ == OutState::kFailed) Note(fmt::format("cannot write: {}", std::strerror(errno)));
  return false;
}

void Session::Note(std::string_view line) {
  fmt::print(stderr, "skaldctl: {}\n", PrintableLines(line));
}

ExitCode Session::Fail(const Status& status) {
  const std::string text = DescribeError(status);
  fmt::print(stderr, "skaldctl: {}", text);
  return ExitCodeOf(status);
}

ExitCode Session::Misuse(const Status& status) {
  Note(Message(status));
  return ExitCode::kUsage;
}

ExitCode Session::Close(ExitCode code) {
  return out_ == OutState::kFailed ? Worse(code, ExitCode::kOther) : code;
}

}  // namespace skald::ctl
