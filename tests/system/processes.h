// Child processes of a test: killed when the object is gone, and when the test dies in any way.
//
//   Process server({program, "--listen", port.Address()}, folder.path() + "/server.log");
//   server.Start();
//   SKALD_RETURN_IF_ERROR(server.WaitForLine("listening on", absl::Seconds(20)));
//   server.Kill();      // kill -9
//   server.Start();     // the same command once more; the output goes on in the same file
//
// Threading: confined. A child dies with the thread that started it, so start none from a thread
// that ends before the child is to.
#ifndef SKALD_TESTS_SYSTEM_PROCESSES_H_
#define SKALD_TESTS_SYSTEM_PROCESSES_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace skald::system_test {

class Process final {
 public:
  // stdout and stderr both go to `output`.
  Process(std::vector<std::string> words, std::string output);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // REQUIRES: it does not run.
  void Start();
  // kill -9; returns when it is gone.
  void Kill();
  void Signal(int signal) const;
  // SIGTERM, then WaitForExit.
  absl::StatusOr<int> Stop(absl::Duration within);
  // The exit code. INTERNAL: a signal ended it; the message holds its last words.
  // DEADLINE_EXCEEDED: it runs on.
  absl::StatusOr<int> WaitForExit(absl::Duration within);

  // The first line with `text` that it has written since Start. INTERNAL: it ended without;
  // DEADLINE_EXCEEDED. Both messages hold its last words.
  absl::StatusOr<std::string> WaitForLine(std::string_view text, absl::Duration within);

  [[nodiscard]] bool Running();
  // What it has written since Start.
  [[nodiscard]] std::string Output() const;

  // No file may grow beyond so many bytes; a write that would fails with EFBIG, as on a full disk.
  // Holds at once, and after the next Start.
  void LimitFiles(uint64_t bytes);

 private:
  // False: it still runs.
  bool Reap();
  [[nodiscard]] std::string LastWords() const;

  const std::vector<std::string> words_;
  const std::string output_;
  uint64_t file_limit_;
  pid_t pid_ = 0;
  int wait_status_ = 0;
  // Where in the file this run's output begins.
  uint64_t begin_ = 0;
};

// A TCP port of 127.0.0.1 that stays ours while a server on it is down: nobody else gets it, and no
// client connects to itself by it. (A socket that is bound but does not listen keeps it; a server
// that sets SO_REUSEADDR, as gRPC's do, can listen on it all the same.)
class Port final {
 public:
  Port();
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] std::string Address() const;

 private:
  int socket_ = -1;
  int number_ = 0;
};

// Asks again and again, a few milliseconds apart, until `condition` holds. False: it never did.
template <typename Condition>
bool Eventually(const Condition& condition, absl::Duration within);

// Between two looks at a condition for which there is no event.
void PauseBetweenLooks();
// A clock that nobody sets.
absl::Duration Uptime();

template <typename Condition>
bool Eventually(const Condition& condition, absl::Duration within) {
  const absl::Duration end = Uptime() + within;
  while (!condition()) {
    if (Uptime() > end) return false;
    PauseBetweenLooks();
  }
  return true;
}

}  // namespace skald::system_test

#endif  // SKALD_TESTS_SYSTEM_PROCESSES_H_
