// Participants that break every rule, inside of the test's process.
//
// Threading: locked; the answer function is called from gRPC's threads.
#ifndef SKALD_TESTS_SYSTEM_ROGUE_H_
#define SKALD_TESTS_SYSTEM_ROGUE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace skald::system_test {

// A gRPC server that answers any method with whatever bytes it likes.
class Rogue final {
 public:
  // `answer` gets the last part of the method's name. Nothing: the call ends with OK, but without a
  // message.
  using Answer = std::function<std::optional<std::string>(const std::string& method)>;

  explicit Rogue(Answer answer);
  ~Rogue();
  Rogue(const Rogue&) = delete;
  Rogue& operator=(const Rogue&) = delete;

  [[nodiscard]] const std::string& Address() const { return address_; }

 private:
  class Server;
  std::unique_ptr<Server> server_;
  std::string address_;
};

// Connects to a TCP server of 127.0.0.1, says `bytes`, and hangs up once the server has, or after a
// moment.
void SayTo(int port, const std::string& bytes);

}  // namespace skald::system_test

#endif  // SKALD_TESTS_SYSTEM_ROGUE_H_
