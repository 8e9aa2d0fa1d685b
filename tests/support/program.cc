#include "tests/support/program.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/check.h"
#include "base/status.h"

namespace skald::testing_support {
namespace {

absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& words, int input_fd, int output_fd) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  if (input_fd < 0) {
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  } else {
    posix_spawn_file_actions_adddup2(&files, input_fd, STDIN_FILENO);
  }
  posix_spawn_file_actions_adddup2(&files, output_fd, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, output_fd, STDERR_FILENO);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, arguments[0], &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) return Internal("cannot run {}: error {}", words[0], error);
  return pid;
}

std::string ReadToEnd(int fd) {
  std::string text;
  std::array<char, 4096> buffer;
  ssize_t got = 0;
  while ((got = read(fd, buffer.data(), buffer.size())) > 0 || (got < 0 && errno == EINTR)) {
    if (got > 0) text.append(buffer.data(), static_cast<size_t>(got));
  }
  return text;
}

}  // namespace

absl::StatusOr<std::string> RunProgram(const std::vector<std::string>& words, int input_fd) {
  std::array<int, 2> output;
  SKALD_CHECK(pipe2(output.data(), O_CLOEXEC) == 0, "no pipe: error {}", errno);
  const absl::StatusOr<pid_t> pid = Spawn(words, input_fd, output[1]);
  close(output[1]);
  std::string text = ReadToEnd(output[0]);
  close(output[0]);
  if (!pid.ok()) return pid.status();
  int status = 0;
  while (waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return text;
  return Internal("{} ended with wait status {}: {}", words[0], status, text);
}

int FreePort() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  SKALD_CHECK(listener >= 0, "no socket: error {}", errno);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const bool bound = bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  SKALD_CHECK(bound, "no free port: error {}", errno);
  close(listener);
  return ntohs(address.sin_port);
}

}  // namespace skald::testing_support
