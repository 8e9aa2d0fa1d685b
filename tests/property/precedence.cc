#include "tests/property/precedence.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <vector>

namespace skald::property {
namespace {

std::vector<std::string> Segments(const std::string& path) {
  std::vector<std::string> segments;
  std::istringstream stream(path);
  for (std::string segment; std::getline(stream, segment, '/');) segments.push_back(segment);
  return segments;
}

bool IsNumber(const std::string& segment) {
  return std::isdigit(static_cast<unsigned char>(segment.front())) != 0;
}

size_t IndexOf(const Node& node, const std::string& child) {
  const auto found = std::find_if(node.children.begin(), node.children.end(),
                                  [&](const Node& inner) { return inner.name == child; });
  return static_cast<size_t>(found - node.children.begin());
}

}  // namespace

bool ComesBefore(const Definition& definition, const std::string& u, const std::string& v) {
  const std::vector<std::string> us = Segments(u);
  const std::vector<std::string> vs = Segments(v);
  const Node* node = &definition.root;
  // Down to where the two part.
  size_t i = 0;
  for (; i < us.size() && i < vs.size() && us[i] == vs[i]; ++i) {
    if (!IsNumber(us[i])) node = &node->children[IndexOf(*node, us[i])];
  }
  if (i == us.size() || i == vs.size()) return false;
  if (IsNumber(us[i])) {
    const bool in_order = node->kind == Node::Kind::kRepeat || node->for_each->concurrency == 1;
    return in_order && std::stoi(us[i]) < std::stoi(vs[i]);
  }
  const bool besides = node->kind == Node::Kind::kParallel || node->kind == Node::Kind::kChoose;
  return !besides && IndexOf(*node, us[i]) < IndexOf(*node, vs[i]);
}

}  // namespace skald::property
