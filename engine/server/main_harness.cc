#include "engine/server/main_harness.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "engine/runtime/engine_harness.h"

namespace skald::server {
namespace {

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Process::Process(const std::string& folder, std::vector<std::string> arguments,
                 std::vector<std::string> environment)
    : out_(folder + "/out"), error_(folder + "/error") {
  arguments.insert(arguments.begin(), SKALD_TEST_SERVER);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addchdir_np(&files, folder.c_str());
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out_.c_str(), flags, 0600);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, error_.c_str(), flags, 0600);
  EXPECT_EQ(posix_spawn(&pid_, arguments[0].c_str(), &files, nullptr, Pointers(arguments).data(),
                        Pointers(environment).data()),
            0);
  posix_spawn_file_actions_destroy(&files);
}

Process::~Process() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  Wait();
}

int Process::Wait() {
  int status = 0;
  EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
  pid_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Process::Signal(int signal) const { kill(pid_, signal); }
std::string Process::Out() const { return ReadFile(out_); }
std::string Process::Error() const { return ReadFile(error_); }

std::string Process::Address() const {
  EXPECT_TRUE(runtime::Eventually([&] { return Out().find('\n') != std::string::npos; }))
      << Error();
  const std::string line = Out();
  const std::string before = "listening on ";
  const size_t from = line.find(before) + before.size();
  return line.substr(from, line.find(' ', from) - from);
}

}  // namespace skald::server
