#include "sagas/link.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "sagas/findings.h"
#include "sagas/fingerprint.h"
#include "sagas/pivot.h"

namespace skald {
namespace {

void SetPaths(Node& node, std::string_view parent) {
  if (parent.empty()) {
    node.path = node.name;
  } else {
    node.path = fmt::format("{}/{}", parent, node.name);
  }
  for (Node& child : node.children) SetPaths(child, node.path);
}

void RemoveWayBack(Node& node) {
  node.compensation.reset();
  node.pivot = false;
  for (Node& child : node.children) RemoveWayBack(child);
}

std::string ListOf(const std::map<int, const Definition*>& versions) {
  std::string list;
  for (const auto& [version, definition] : versions) {
    list += fmt::format("{}{}", list.empty() ? "" : ", ", version);
  }
  return list;
}

// Copies children into one definition.
class Linker final {
 public:
  Linker(Definition& definition, const DefinitionTable& others, const ValidationLimits& limits)
      : definition_(definition),
        others_(others),
        limits_(limits),
        findings_(definition, limits.messages) {}

  std::vector<std::string> Run() {
    chain_.push_back({&definition_, ""});
    LinkUnder(definition_.root);
    return findings_.Take();
  }

 private:
  // A definition that is being copied, and which child of it is.
  struct Link {
    const Definition* definition;
    std::string child;
  };

  // Each message names the definition that it is about.
  template <typename... Args>
  void Complain(fmt::format_string<Args...> format, Args&&... args) {
    findings_.Add(fmt::format(format, std::forward<Args>(args)...));
  }

  // "place_order@3: child 'delivery/ship'"
  static std::string Where(const Link& link) {
    return fmt::format("{}: child '{}'", Label(*link.definition), link.child);
  }

  void LinkUnder(Node& node) {
    if (node.kind == Node::Kind::kChild) {
      chain_.back().child = node.path;
      node.children.clear();
      if (const Definition* target = Target(node); target != nullptr) {
        node.children = target->root.children;
        chain_.push_back({target, ""});
        LinkChildren(node);
        chain_.pop_back();
      }
      return;
    }
    LinkChildren(node);
  }

  void LinkChildren(Node& node) {
    for (Node& child : node.children) {
      if (++nodes_ > limits_.nodes) break;
      LinkUnder(child);
    }
    if (nodes_ > limits_.nodes) {
      Complain(
          "{}: with the nodes of its children it has more than the limit of {}: split it, or "
          "start some of them as sagas of their own",
          Label(definition_), limits_.nodes);
    }
  }

  // What is copied under `node`, or null.
  const Definition* Target(const Node& node) {
    if (!node.child.has_value()) return nullptr;  // Validate says so.
    const ChildPart& part = *node.child;
    const auto target = Find(part);
    if (!target.has_value()) return nullptr;
    const auto same = [&](const Link& link) {
      return link.definition->name == part.definition && link.definition->version == part.version;
    };
    if (const auto begin = std::find_if(chain_.begin(), chain_.end(), same);
        begin != chain_.end()) {
      ComplainOfCycle({begin, chain_.end()});
      return nullptr;
    }
    if (*target == nullptr) return nullptr;
    if (static_cast<int>(chain_.size()) > limits_.nesting) {
      ComplainOfDepth(part);
      return nullptr;
    }
    if ((*target)->state_type != part.state_type) {
      Complain(
          "{} makes a state of type {}, but {}@{} has a state of type {}: let its functions make "
          "and take that one",
          Where(chain_.back()), part.state_type, part.definition, part.version,
          (*target)->state_type);
      return nullptr;
    }
    return *target;
  }

  // Nothing if there is none; null if it is bad itself.
  std::optional<const Definition*> Find(const ChildPart& part) {
    const auto versions = others_.find(part.definition);
    if (versions == others_.end() || versions->second.empty()) {
      std::vector<std::string_view> names;
      for (const auto& [name, unused] : others_) names.push_back(name);
      const std::string_view nearest = Nearest(part.definition, names);
      Complain("{} is {}@{}, and no definition of that name is registered: {}register it, too",
               Where(chain_.back()), part.definition, part.version,
               nearest.empty() ? "" : fmt::format("did you mean '{}'? Else ", nearest));
      return std::nullopt;
    }
    const auto version = versions->second.find(part.version);
    if (version == versions->second.end()) {
      Complain("{} is {}@{}, and of {} there is only {}: register that version, too, or name one",
               Where(chain_.back()), part.definition, part.version, part.definition,
               ListOf(versions->second));
      return std::nullopt;
    }
    return version->second;
  }

  // From the first label on, so that one cycle gives one message wherever it is entered.
  void ComplainOfCycle(std::vector<Link> cycle) {
    const auto first = std::min_element(
        cycle.begin(), cycle.end(),
        [](const Link& a, const Link& b) { return Label(*a.definition) < Label(*b.definition); });
    std::rotate(cycle.begin(), first, cycle.end());
    std::string labels;
    for (const Link& link : cycle) labels += Label(*link.definition) + " -> ";
    Complain("{} leads back to its own definition ({}{}): no definition can contain itself",
             Where(cycle.front()), labels, Label(*cycle.front().definition));
  }

  void ComplainOfDepth(const ChildPart& part) {
    std::string labels;
    for (const Link& link : chain_) labels += Label(*link.definition) + " -> ";
    Complain("{} lies deeper than the limit of {} children in one another ({}{}@{}): flatten it",
             Where(chain_.front()), limits_.nesting, labels, part.definition, part.version);
  }

  Definition& definition_;
  const DefinitionTable& others_;
  const ValidationLimits& limits_;
  std::vector<Link> chain_;
  int nodes_ = 0;
  // A definition that is contained twice would be complained about twice.
  Findings findings_;
};

}  // namespace

void Settle(Definition& definition) {
  if (!IsWithinDepth(definition.root)) return;
  SetPaths(definition.root, "");
  WalkPivots(definition.root, {}, [](Node& node, const PivotPosition& before) {
    if (node.kind != Node::Kind::kStep) return;
    node.retriable = node.pivot || before.where == PivotPosition::Where::kAfter;
    if (node.has_action_retry) return;
    node.action_retry = node.retriable ? DefaultRetriableRetry() : DefaultActionRetry();
  });
  definition.fingerprint = Fingerprint(definition);
}

std::vector<std::string> Link(Definition& definition, const DefinitionTable& others,
                              const ValidationLimits& limits) {
  if (!IsWithinDepth(definition.root)) return Validate(definition, limits);
  std::vector<std::string> findings = Linker(definition, others, limits).Run();
  if (!findings.empty()) return findings;
  using Where = PivotPosition::Where;
  WalkPivots(definition.root, {}, [](Node& node, const PivotPosition& before) {
    if (node.kind == Node::Kind::kChild && before.where == Where::kAfter) RemoveWayBack(node);
  });
  Settle(definition);
  return findings;
}

}  // namespace skald
