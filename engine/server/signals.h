// SIGTERM and SIGINT, told to a function on a thread of its own: nothing runs inside a handler.
#ifndef SKALD_ENGINE_SERVER_SIGNALS_H_
#define SKALD_ENGINE_SERVER_SIGNALS_H_

#include <functional>
#include <memory>

#include "base/thread.h"

namespace skald::server {

// Confined. Make it before any other thread: the signals are blocked in the maker's thread, and
// those that it starts later inherit that. SIGPIPE is ignored: a connection that breaks is an error
// code.
class Signals final {
 public:
  // `stop` is called at the first signal. The second ends the process at once, with 128 + its
  // number.
  explicit Signals(std::function<void(int signal)> stop);
  // Waits for no signal any more.
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  void Run();

  const std::function<void(int)> stop_;
  int signals_ = -1;
  int end_ = -1;
  std::unique_ptr<Thread> thread_;
};

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_SIGNALS_H_
