#include "admin/skaldctl/run_skaldctl.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/check.h"

namespace skald::ctl {
namespace {

std::string Contents(std::FILE* file) {
  std::rewind(file);
  std::string text;
  std::array<char, 4096> buffer;
  while (const size_t size = std::fread(buffer.data(), 1, buffer.size(), file)) {
    text.append(buffer.data(), size);
  }
  return text;
}

}  // namespace

Skaldctl::Skaldctl(const std::vector<std::string>& arguments, const std::string& address,
                   const std::string& input)
    : in_(std::tmpfile()), out_(std::tmpfile()), err_(std::tmpfile()) {
  SKALD_CHECK(in_ != nullptr && out_ != nullptr && err_ != nullptr, "no temporary files");
  std::fwrite(input.data(), 1, input.size(), in_);
  std::rewind(in_);
  std::vector<std::string> words = {SKALDCTL_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  // Nothing of the environment of who runs the test, so that the output is the same everywhere.
  std::vector<std::string> variables = {"TZ=UTC", "USER=ann", "SKALD_ADDRESS=" + address};
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fileno(in_), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(out_), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(err_), STDERR_FILENO);
  const int error =
      posix_spawn(&pid_, SKALDCTL_PROGRAM, &actions, nullptr, argv.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  SKALD_CHECK(error == 0, "cannot run {}: error {}", SKALDCTL_PROGRAM, error);
}

Skaldctl::~Skaldctl() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  for (std::FILE* file : {in_, out_, err_}) std::fclose(file);
}

Finished Skaldctl::Finish() {
  int status = 0;
  SKALD_CHECK(waitpid(pid_, &status, 0) == pid_, "skaldctl is lost");
  pid_ = -1;
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return {.code = code, .out = Contents(out_), .err = Contents(err_)};
}

Finished RunSkaldctl(const std::vector<std::string>& arguments, const std::string& address,
                     const std::string& input) {
  return Skaldctl(arguments, address, input).Finish();
}

}  // namespace skald::ctl
