#include "sagas/definition.h"

#include <fmt/format.h>

#include <set>

namespace skald {
namespace {

const Node* Find(const Node& node, std::string_view path) {
  if (node.path == path) return &node;
  for (const Node& child : node.children) {
    if (const Node* found = Find(child, path); found != nullptr) return found;
  }
  return nullptr;
}

}  // namespace

std::string Label(const Definition& definition) {
  return fmt::format("{}@{}", definition.name, definition.version);
}

const Node* FindNode(const Definition& definition, std::string_view path) {
  return Find(definition.root, path);
}

void ForEachNode(const Node& root, const std::function<void(const Node&)>& visit) {
  visit(root);
  for (const Node& child : root.children) ForEachNode(child, visit);
}

std::vector<std::string> ParticipantsOf(const Definition& definition) {
  std::set<std::string> names;
  ForEachNode(definition.root, [&](const Node& node) {
    if (node.action.has_value()) names.insert(node.action->participant);
    if (node.compensation.has_value()) names.insert(node.compensation->participant);
  });
  return {names.begin(), names.end()};
}

}  // namespace skald
