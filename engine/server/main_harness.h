// The test server (test_server.cc) as a process of its own.
//
// Threading: confined.
#ifndef SKALD_ENGINE_SERVER_MAIN_HARNESS_H_
#define SKALD_ENGINE_SERVER_MAIN_HARNESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace skald::server {

// One run of it, in a folder; killed when the object goes.
class Process final {
 public:
  Process(const std::string& folder, std::vector<std::string> arguments,
          std::vector<std::string> environment = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // The exit code; 128 + the signal that ended it.
  int Wait();
  void Signal(int signal) const;
  // What it has written to stdout and stderr so far.
  [[nodiscard]] std::string Out() const;
  [[nodiscard]] std::string Error() const;

  // The address in "skaldd X listening on 127.0.0.1:1234 (store ...)", once it says so.
  std::string Address() const;

 private:
  const std::string out_;
  const std::string error_;
  pid_t pid_ = 0;
};

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_MAIN_HARNESS_H_
