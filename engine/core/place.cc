#include "engine/core/place.h"

#include <algorithm>
#include <charconv>

namespace skald::core {
namespace {

// The part before the first slash; `path` loses it.
std::string_view TakeSegment(std::string_view& path) {
  const size_t slash = path.find('/');
  const std::string_view segment = path.substr(0, slash);
  path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  return segment;
}

}  // namespace

Place RootOf(const Definition& definition) { return {.node = &definition.root}; }

Place Under(const Place& at, const Node& child, int number) {
  Place place{.node = &child, .elements = at.elements, .owner = at.owner, .shared = at.shared};
  place.path = at.path;
  if (number > 0) place.path += '/' + std::to_string(number);
  if (!place.path.empty()) place.path += '/';
  place.path += child.name;
  switch (at.node->kind) {
    case Node::Kind::kParallel: place.shared |= at.node->children.size() > 1; break;
    case Node::Kind::kForEach:
      place.elements.push_back(number - 1);
      place.shared |= at.node->for_each->concurrency > 1;
      break;
    case Node::Kind::kChild:
      // Its state is nobody else's.
      place.elements.clear();
      place.owner = at.path;
      place.shared = false;
      break;
    default: break;
  }
  return place;
}

std::optional<Place> PlaceOf(const Definition& definition, std::string_view path) {
  Place place = RootOf(definition);
  while (!path.empty()) {
    int number = 0;
    if (IsLoop(*place.node)) {
      const std::string_view segment = TakeSegment(path);
      const char* const end = segment.data() + segment.size();
      const auto [parsed, error] = std::from_chars(segment.data(), end, number);
      if (error != std::errc() || parsed != end || number < 1) return std::nullopt;
    }
    const std::string_view name = TakeSegment(path);
    const std::vector<Node>& children = place.node->children;
    const auto child = std::find_if(children.begin(), children.end(),
                                    [&](const Node& node) { return node.name == name; });
    if (child == children.end()) return std::nullopt;
    place = Under(place, *child, number);
  }
  return place;
}

}  // namespace skald::core
