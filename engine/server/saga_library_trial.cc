#include "engine/server/saga_library_trial.h"

#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/text.h"

namespace skald::server {
namespace {

// No code of a library's own: one that calls exit has not returned.
constexpr int kReturned = 86;
constexpr int kThrew = 87;
// Of what the child said.
constexpr size_t kMostWords = 1000;

[[noreturn]] void RunAndExit(const std::function<void()>& work, int output) {
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  int code = kThrew;
  try {
    work();
    code = kReturned;
  } catch (const std::exception& error) {
    std::fputs(error.what(), stderr);
  } catch (...) {
    std::fputs("something that is no std::exception", stderr);
  }
  // Not exit: what the parent has registered and not yet written is the parent's.
  _exit(code);
}

// Whoever started this process may have had it ignore SIGCHLD: then nobody would learn how a child
// ended.
class ChildrenAreWaitedFor final {
 public:
  ChildrenAreWaitedFor() : before_(std::signal(SIGCHLD, SIG_DFL)) {}
  ~ChildrenAreWaitedFor() { std::signal(SIGCHLD, before_); }
  ChildrenAreWaitedFor(const ChildrenAreWaitedFor&) = delete;
  ChildrenAreWaitedFor& operator=(const ChildrenAreWaitedFor&) = delete;

 private:
  void (*const before_)(int);
};

std::string ReadAll(int input) {
  std::string all;
  char bytes[4096];
  while (true) {
    const ssize_t count = read(input, bytes, sizeof(bytes));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return all;
    all.append(bytes, static_cast<size_t>(count));
  }
}

// On one line.
std::string Words(std::string_view said) {
  std::string words = CleanText(said.substr(0, kMostWords), kMostWords);
  while (!words.empty() && words.back() == '\n') words.pop_back();
  for (size_t at = words.find('\n'); at != std::string::npos; at = words.find('\n', at)) {
    words.replace(at, 1, " / ");
  }
  return words.empty() ? "nothing" : words;
}

std::string How(int status) {
  if (WIFSIGNALED(status)) return strsignal(WTERMSIG(status));
  if (WEXITSTATUS(status) == kThrew) return "it throws while it is loaded";
  return fmt::format("it exits with {}", WEXITSTATUS(status));
}

// "File already exists in database: shop/v1/shop.proto": the name, or empty.
std::string FileLinkedTwice(std::string_view said) {
  constexpr std::string_view kWords = "File already exists in database: ";
  const size_t at = said.find(kWords);
  if (at == std::string_view::npos) return "";
  const std::string_view rest = said.substr(at + kWords.size());
  return std::string(rest.substr(0, rest.find_first_of(" \n")));
}

}  // namespace

absl::Status TryInAChild(const std::function<void()>& work) {
  const ChildrenAreWaitedFor waited_for;
  int ends[2];
  if (pipe(ends) != 0) return Unavailable("no pipe for a trial: {}", std::strerror(errno));
  const pid_t child = fork();
  if (child == 0) RunAndExit(work, ends[1]);
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    return Unavailable("no process for a trial: {}", std::strerror(errno));
  }
  const std::string said = ReadAll(ends[0]);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(status) && WEXITSTATUS(status) == kReturned) return absl::OkStatus();
  if (const std::string file = FileLinkedTwice(said); !file.empty()) {
    return InvalidArgument(
        "the proto file {} is linked into it, and into this program or another library too, which "
        "protobuf does not survive: link it into one of them only, or into a shared library of its "
        "own that both use",
        file);
  }
  return InvalidArgument("it ends the process that loads it ({}); it said: {}", How(status),
                         Words(said));
}

}  // namespace skald::server
