#include "sagas/definition_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "sagas/outline.h"
#include "sagas/outline_words.h"

namespace skald {
namespace {

using Lines = std::vector<const OutlineLine*>;

// A node that one outline has and the other has not.
struct Single {
  const OutlineLine* line = nullptr;
  const OutlineLine* parent = nullptr;
  // The neighbour before it, or null.
  const OutlineLine* before = nullptr;
};

void CollectAll(const OutlineLine& line, const OutlineLine& parent, std::vector<Single>& all) {
  all.push_back({&line, &parent, nullptr});
  for (const OutlineLine* child : line.Nodes()) CollectAll(*child, line, all);
}

const OutlineLine* Named(const Lines& lines, std::string_view name) {
  const auto found = std::find_if(lines.begin(), lines.end(),
                                  [&](const auto* line) { return line->name == name; });
  return found == lines.end() ? nullptr : *found;
}

// The positions of a longest rising run among `numbers`: what stayed in order.
std::vector<bool> InOrder(const std::vector<size_t>& numbers) {
  const size_t count = numbers.size();
  std::vector<size_t> length(count, 1);
  std::vector<size_t> previous(count, count);
  size_t last = count;
  for (size_t i = 0; i < count; ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (numbers[j] < numbers[i] && length[j] + 1 > length[i]) {
        length[i] = length[j] + 1;
        previous[i] = j;
      }
    }
    if (last == count || length[i] > length[last]) last = i;
  }
  std::vector<bool> in_order(count, false);
  for (; last != count; last = previous[last]) in_order[last] = true;
  return in_order;
}

// One comparison of two outlines.
class Comparison final {
 public:
  std::vector<std::string> Run(const Outline& before, const Outline& after) {
    if (before.definition != after.definition) {
      Say("the definition is called '{}' instead of '{}'", after.definition, before.definition);
    }
    if (before.state_type != after.state_type) {
      Say("the state is of type {} instead of {}", after.state_type, before.state_type);
    }
    CompareChildren(before.root, after.root);
    MatchMoved();
    for (const Single& each : removed_) {
      if (!moved_.contains(each.line)) {
        Say("{} was removed", DescribeLine(*each.line, each.parent));
      }
    }
    for (const Single& each : added_) {
      if (!moved_.contains(each.line)) SayAdded(each);
    }
    return std::move(changes_);
  }

 private:
  template <typename... Args>
  void Say(fmt::format_string<Args...> format, Args&&... args) {
    changes_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  void SayAdded(const Single& added) {
    const std::string what = DescribeLine(*added.line, added.parent);
    if (added.before != nullptr) {
      Say("{} was added after '{}'", what, added.before->path);
    } else if (added.parent->path.empty()) {
      Say("{} was added at the beginning", what);
    } else {
      Say("{} was added at the beginning of '{}'", what, added.parent->path);
    }
  }

  // `before` and `after` are the same node, or the roots.
  void CompareChildren(const OutlineLine& before, const OutlineLine& after) {
    const Lines old_nodes = before.Nodes();
    const Lines new_nodes = after.Nodes();
    for (const OutlineLine* node : old_nodes) {
      if (Named(new_nodes, node->name) == nullptr) removed_.push_back({node, &before, nullptr});
    }
    Lines kept;
    std::vector<size_t> old_places;
    const OutlineLine* previous = nullptr;
    for (const OutlineLine* node : new_nodes) {
      const auto old_node =
          std::find_if(old_nodes.begin(), old_nodes.end(),
                       [&](const OutlineLine* old) { return old->name == node->name; });
      if (old_node == old_nodes.end()) {
        added_.push_back({node, &after, previous});
      } else {
        kept.push_back(node);
        old_places.push_back(static_cast<size_t>(old_node - old_nodes.begin()));
      }
      previous = node;
    }
    ComparePlaces(kept, old_places, after);
    for (const OutlineLine* node : kept) CompareNode(*Named(old_nodes, node->name), *node, after);
  }

  // `kept`: nodes that both have, in the new order.
  void ComparePlaces(const Lines& kept, const std::vector<size_t>& old_places,
                     const OutlineLine& parent) {
    std::vector<size_t> sorted = old_places;
    std::sort(sorted.begin(), sorted.end());
    std::vector<size_t> changed;
    for (size_t i = 0; i < kept.size(); ++i) {
      if (old_places[i] != sorted[i]) changed.push_back(i);
    }
    if (changed.size() == 2) {
      Say("'{}' and '{}' changed places", kept[changed[1]]->path, kept[changed[0]]->path);
      return;
    }
    const std::vector<bool> in_order = InOrder(old_places);
    for (size_t i = 0; i < kept.size(); ++i) {
      if (in_order[i]) continue;
      const std::string what = DescribeLine(*kept[i], &parent);
      if (i == 0) {
        Say("{} comes before '{}' now", what, kept[1]->path);
      } else {
        Say("{} comes after '{}' now", what, kept[i - 1]->path);
      }
    }
  }

  void CompareNode(const OutlineLine& before, const OutlineLine& after, const OutlineLine& parent) {
    if (before.kind != after.kind) {
      Say("'{}' is of kind {} instead of {}", after.path, KindText(after, &parent),
          KindText(before, &parent));
      return;
    }
    for (std::string& change : DescribeNodeChanges(before, after, DescribeLine(after, &parent))) {
      changes_.push_back(std::move(change));
    }
    const bool other_child = after.kind == "child" && before.Word(0) != after.Word(0);
    if (!other_child) CompareChildren(before, after);
  }

  // A node that went somewhere else, or under another name, is neither removed nor added: with all
  // that is in it, it is equal there. It may have gone into a node that was added, or come out of
  // one that was removed.
  void MatchMoved() {
    std::vector<Single> from;
    std::vector<Single> to;
    for (const Single& each : removed_) CollectAll(*each.line, *each.parent, from);
    for (const Single& each : added_) CollectAll(*each.line, *each.parent, to);
    for (const bool by_name : {true, false}) {
      for (const Single& source : from) MatchMoved(source, by_name, to);
    }
  }

  void MatchMoved(const Single& source, bool by_name, const std::vector<Single>& to) {
    if (moved_.contains(source.line)) return;
    for (const Single& target : to) {
      if (moved_.contains(target.line)) continue;
      const bool equal = by_name ? *source.line == *target.line
                                 : source.parent->path == target.parent->path &&
                                       SameButName(*source.line, *target.line);
      if (!equal) continue;
      const std::string what = DescribeLine(*source.line, source.parent);
      if (source.line->path != target.line->path) {
        Say("{} {} '{}' now", what, by_name ? "moved: it is" : "is called",
            by_name ? target.line->path : target.line->name);
      }
      MarkMoved(*source.line);
      MarkMoved(*target.line);
      return;
    }
  }

  void MarkMoved(const OutlineLine& line) {
    moved_.insert(&line);
    for (const OutlineLine* child : line.Nodes()) MarkMoved(*child);
  }

  std::vector<std::string> changes_;
  std::vector<Single> removed_;
  std::vector<Single> added_;
  std::set<const OutlineLine*> moved_;
};

}  // namespace

std::vector<std::string> DescribeChanges(std::string_view old_outline,
                                         std::string_view new_outline) {
  if (old_outline == new_outline) return {};
  std::vector<std::string> changes =
      Comparison().Run(ParseOutline(old_outline), ParseOutline(new_outline));
  if (changes.empty()) changes.emplace_back("it is written otherwise, by another release of Skald");
  return changes;
}

}  // namespace skald
