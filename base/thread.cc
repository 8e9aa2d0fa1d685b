#include "base/thread.h"

#include <pthread.h>

#include <utility>

namespace skald {

Thread::Thread(std::string name, std::function<void()> body)
    : thread_([name = std::move(name), body = std::move(body)] {
        pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
        body();
      }) {}

}  // namespace skald
