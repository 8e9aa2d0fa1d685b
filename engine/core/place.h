// Where in a saga a walk is: one run of one node. Within loops a node runs more than once, and its
// runs differ in path, in the element that its functions see, and in what is recorded of them.
//
//   Place at = PlaceOf(definition, "refunds/17/pay_back").value();
//   at.node->name   // "pay_back"
//   at.elements     // {16}
//
// Plain values; borrow from the definition.
#ifndef SKALD_ENGINE_CORE_PLACE_H_
#define SKALD_ENGINE_CORE_PLACE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sagas/definition.h"

namespace skald::core {

struct Place {
  const Node* node = nullptr;
  // As in StepState: the names, and the numbers of elements and rounds from 1.
  std::string path;
  // As in Scope: from 0.
  std::vector<int> elements;
  // Path of the Child whose state the node's functions see; empty: the saga's own.
  std::string owner;
  // Other branches may change that state while the node runs.
  bool shared = false;
};

Place RootOf(const Definition& definition);

// A child of `at`. `number`: of the element or round, from 1, if `at` is a loop.
Place Under(const Place& at, const Node& child, int number = 0);

// Nothing: the definition has no such node, or a number is missing or out of place.
std::optional<Place> PlaceOf(const Definition& definition, std::string_view path);

inline bool IsLoop(const Node& node) {
  return node.kind == Node::Kind::kForEach || node.kind == Node::Kind::kRepeat;
}

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_PLACE_H_
