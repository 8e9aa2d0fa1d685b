// The server that main_test and others run as a process of its own. It holds trip@1, whose only
// step is tried again only after an hour, or what TEST_DEFINITIONS says, "trip@1:a trip@2:a,b"; and
// with TEST_BAD_DEFINITION set, one that Validate refuses.
#include <cstdlib>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "engine/runtime/engine_harness.h"
#include "engine/server/main.h"

namespace {

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

// "trip@1:a,b"
skald::Definition Parse(const std::string& text) {
  const std::vector<std::string> parts = Split(text, ':');
  const std::vector<std::string> label = Split(parts.at(0), '@');
  skald::Definition definition =
      skald::runtime::Steps(label.at(0), std::stoi(label.at(1)), Split(parts.at(1), ','));
  for (skald::Node& step : definition.root.children) {
    step.action_retry = {.first = absl::Hours(1),
                         .most = absl::Hours(1),
                         .budget = absl::Hours(24),
                         .jitter = false};
  }
  return definition;
}

}  // namespace

int main(int argc, char** argv) {
  const char* const told = std::getenv("TEST_DEFINITIONS");
  std::vector<skald::Definition> definitions;
  for (const std::string& text : Split(told == nullptr ? "trip@1:a" : told, ' ')) {
    definitions.push_back(Parse(text));
  }
  if (std::getenv("TEST_BAD_DEFINITION") != nullptr) definitions.emplace_back();
  return skald::server::Main(argc, argv, std::move(definitions));
}
