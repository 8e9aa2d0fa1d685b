// The server that main_test runs as a process of its own: trip@1, whose only step is tried again
// only after an hour, and with TEST_BAD_DEFINITION set a definition that Validate refuses.
#include <cstdlib>

#include "engine/runtime/engine_harness.h"
#include "engine/server/main.h"

int main(int argc, char** argv) {
  skald::Definition trip = skald::runtime::Steps("trip", 1, {"a"});
  for (skald::Node& step : trip.root.children) {
    step.action_retry = {.first = absl::Hours(1),
                         .most = absl::Hours(1),
                         .budget = absl::Hours(24),
                         .jitter = false};
  }
  std::vector<skald::Definition> definitions = {std::move(trip)};
  if (std::getenv("TEST_BAD_DEFINITION") != nullptr) definitions.emplace_back();
  return skald::server::Main(argc, argv, std::move(definitions));
}
