#include "engine/server/exit_code.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>

namespace skald::server {

int Fail(int exit_code, std::string_view messages) {
  while (!messages.empty()) {
    const std::string_view line = messages.substr(0, messages.find('\n'));
    fmt::print(stderr, "skaldd: {}\n", line);
    messages.remove_prefix(std::min(messages.size(), line.size() + 1));
  }
  return exit_code;
}

}  // namespace skald::server
