#include "tests/system/processes.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/status.h"

namespace skald::system_test {
namespace {

constexpr int kCannotRun = 127;
constexpr size_t kLastWords = 4000;

uint64_t SizeOf(const std::string& path) {
  struct stat file {};
  return stat(path.c_str(), &file) == 0 ? static_cast<uint64_t>(file.st_size) : 0;
}

// Between fork and exec of a program with threads: nothing but system calls.
[[noreturn]] void BecomeChild(char* const* words, int output, pid_t parent, uint64_t file_limit) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kCannotRun);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  // A write over the limit is to fail, not to kill.
  signal(SIGXFSZ, SIG_IGN);
  const rlimit limit = {file_limit, RLIM_INFINITY};
  setrlimit(RLIMIT_FSIZE, &limit);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execv(words[0], words);
  _exit(kCannotRun);
}

}  // namespace

Process::Process(std::vector<std::string> words, std::string output)
    : words_(std::move(words)), output_(std::move(output)), file_limit_(RLIM_INFINITY) {}

Process::~Process() { Kill(); }

void Process::Start() {
  SKALD_CHECK(pid_ == 0, "{} runs already", words_[0]);
  std::vector<char*> words;
  for (const std::string& word : words_) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const int output = open(output_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  SKALD_CHECK(output >= 0, "cannot open {}: error {}", output_, errno);
  begin_ = SizeOf(output_);
  const pid_t parent = getpid();
  // Not fork: its handlers, gRPC's among them, take locks that another thread may hold.
  pid_ = _Fork();
  SKALD_CHECK(pid_ >= 0, "cannot fork: error {}", errno);
  if (pid_ == 0) BecomeChild(words.data(), output, parent, file_limit_);
  close(output);
}

bool Process::Reap() {
  if (pid_ == 0) return true;
  const pid_t reaped = waitpid(pid_, &wait_status_, WNOHANG);
  if (reaped != pid_) return false;
  pid_ = 0;
  return true;
}

bool Process::Running() { return !Reap(); }

void Process::Signal(int signal) const {
  if (pid_ > 0) kill(pid_, signal);
}

void Process::Kill() {
  if (Reap()) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, &wait_status_, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
}

absl::StatusOr<int> Process::Stop(absl::Duration within) {
  Signal(SIGTERM);
  return WaitForExit(within);
}

absl::StatusOr<int> Process::WaitForExit(absl::Duration within) {
  if (!Eventually([&] { return Reap(); }, within)) {
    return Error(StatusCode::kDeadlineExceeded, "{} still runs: {}", words_[0], LastWords());
  }
  if (WIFEXITED(wait_status_)) return WEXITSTATUS(wait_status_);
  return Internal("{} was ended by signal {}: {}", words_[0], WTERMSIG(wait_status_), LastWords());
}

absl::StatusOr<std::string> Process::WaitForLine(std::string_view text, absl::Duration within) {
  std::string line;
  const auto written = [&] {
    const std::string output = Output();
    const size_t at = output.find(text);
    const size_t end = at == std::string::npos ? at : output.find('\n', at);
    if (end == std::string::npos) return false;
    const size_t before = output.rfind('\n', at);
    const size_t begin = before == std::string::npos ? 0 : before + 1;
    line = output.substr(begin, end - begin);
    return true;
  };
  const auto settled = [&] { return written() || !Running(); };
  const bool in_time = Eventually(settled, within);
  if (!line.empty() || written()) return line;
  if (!in_time) {
    return Error(StatusCode::kDeadlineExceeded, "{} did not say '{}': {}", words_[0], text,
                 LastWords());
  }
  return Internal("{} ended before it said '{}': {}", words_[0], text, LastWords());
}

std::string Process::Output() const {
  std::ifstream file(output_);
  file.seekg(static_cast<std::streamoff>(begin_));
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string Process::LastWords() const {
  const std::string output = Output();
  return output.substr(output.size() - std::min(output.size(), kLastWords));
}

void Process::LimitFiles(uint64_t bytes) {
  file_limit_ = bytes;
  if (!Running()) return;
  const rlimit limit = {bytes, RLIM_INFINITY};
  SKALD_CHECK(prlimit(pid_, RLIMIT_FSIZE, &limit, nullptr) == 0, "prlimit: error {}", errno);
}

Port::Port() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  SKALD_CHECK(socket_ >= 0, "no socket: error {}", errno);
  const int yes = 1;
  setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  SKALD_CHECK(bind(socket_, generic, size) == 0 && getsockname(socket_, generic, &size) == 0,
              "no free port: error {}", errno);
  number_ = ntohs(address.sin_port);
}

Port::~Port() { close(socket_); }

std::string Port::Address() const { return fmt::format("127.0.0.1:{}", number_); }

void PauseBetweenLooks() { std::this_thread::sleep_for(std::chrono::milliseconds(5)); }

absl::Duration Uptime() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace skald::system_test
