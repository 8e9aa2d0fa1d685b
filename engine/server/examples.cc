#include "engine/server/examples.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace skald::server {
namespace {

// What keeps it from being offered, in words.
std::optional<std::string> Lack(const Definition& example, const std::vector<Definition>& all,
                                const Config& config) {
  for (const std::string& name : ParticipantsOf(example)) {
    if (!config.participants.contains(name)) {
      return fmt::format("the participant '{}' has no address", name);
    }
  }
  std::optional<std::string> lack;
  ForEachNode(example.root, [&](const Node& node) {
    if (!node.child || lack) return;
    const bool there = std::any_of(all.begin(), all.end(), [&](const Definition& other) {
      return other.name == node.child->definition && other.version == node.child->version;
    });
    if (!there) {
      lack =
          fmt::format("its child {}@{} is left out", node.child->definition, node.child->version);
    }
  });
  return lack;
}

}  // namespace

ExampleChoice ChooseExamples(std::vector<Definition> examples, const Config& config) {
  ExampleChoice choice{.offered = std::move(examples)};
  // Until nothing changes: whoever is left out may be somebody's child.
  for (size_t before = choice.offered.size() + 1; before != choice.offered.size();) {
    before = choice.offered.size();
    std::vector<Definition> kept;
    for (Definition& example : choice.offered) {
      const std::optional<std::string> lack = Lack(example, choice.offered, config);
      if (!lack) {
        kept.push_back(example);
        continue;
      }
      choice.left_out.push_back(
          fmt::format("the example {} is not offered: {}", Label(example), *lack));
    }
    choice.offered = std::move(kept);
  }
  return choice;
}

}  // namespace skald::server
