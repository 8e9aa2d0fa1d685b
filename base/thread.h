// A thread with a name that `top -H`, gdb and perf show. Joined when destroyed.
#ifndef SKALD_BASE_THREAD_H_
#define SKALD_BASE_THREAD_H_

#include <functional>
#include <string>
#include <thread>

namespace skald {

class Thread final {
 public:
  Thread() = default;
  // `name`: at most 15 characters; the kernel cuts the rest.
  Thread(std::string name, std::function<void()> body);
  ~Thread() { Join(); }
  Thread(Thread&&) = default;
  Thread& operator=(Thread&&) = delete;

  // Waits until the body has returned. May be called again.
  void Join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::thread thread_;
};

}  // namespace skald

#endif  // SKALD_BASE_THREAD_H_
