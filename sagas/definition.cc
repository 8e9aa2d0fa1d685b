#include "sagas/definition.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace skald {
std::string Label(const Definition& definition) {
  return fmt::format("{}@{}", definition.name, definition.version);
}

const Node* FindNode(const Definition& definition, std::string_view path) {
  const Node* node = &definition.root;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    // Names begin with a letter.
    if (!name.empty() && '0' <= name.front() && name.front() <= '9') continue;
    const auto child = std::find_if(node->children.begin(), node->children.end(),
                                    [&](const Node& inner) { return inner.name == name; });
    if (child == node->children.end()) return nullptr;
    node = &*child;
  }
  return node;
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
