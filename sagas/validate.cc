#include "sagas/validate.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "sagas/validate_rules.h"

namespace skald {
namespace {

using google::protobuf::Descriptor;

bool IsWithin(const Node& node, int levels) {
  if (levels == 0) return false;
  return std::all_of(node.children.begin(), node.children.end(),
                     [&](const Node& child) { return IsWithin(child, levels - 1); });
}

// One pass over one definition. Each Check* looks at one family of rules.
class Validator final {
 public:
  Validator(const Definition& definition, const ValidationLimits& limits)
      : definition_(definition), limits_(limits), findings_(definition, limits.messages) {}

  std::vector<std::string> Run() {
    for (const std::string& error : definition_.builder_errors) findings_.Complain("{}", error);
    CheckHead();
    if (!IsWithinDepth(definition_.root)) {
      findings_.Complain(
          "its tree is more than {} levels deep: flatten it, or split the definition", kDeepest);
      return findings_.Take();
    }
    CheckSize();
    CheckNode(definition_.root, LinkedType(definition_.state_type), 0);
    CheckPositions(definition_, findings_);
    return findings_.Take();
  }

  std::vector<std::string> RunLinked() {
    CheckPositions(definition_, findings_);
    return findings_.Take();
  }

 private:
  void CheckHead() {
    if (!IsName(definition_.name)) {
      findings_.Complain("the definition's name '{}' is no name: {}", definition_.name, kNameRule);
    }
    if (definition_.version < 1) {
      findings_.Complain("version {} is below 1: versions count from 1", definition_.version);
    }
    if (LinkedType(definition_.state_type) == nullptr) {
      findings_.Complain(
          "the state type '{}' is not linked into this program: link its generated .pb.cc",
          definition_.state_type);
    }
    if (definition_.deadline <= absl::ZeroDuration()) {
      findings_.Complain("its deadline is {}: give one above zero, or none",
                         absl::FormatDuration(definition_.deadline));
    }
    if (definition_.exclusive.has_value() && !definition_.exclusive->key) {
      findings_.Complain("it is exclusive without a function that makes the key: give one");
    }
  }

  void CheckSize() {
    int nodes = -1;  // The root is nobody's.
    int steps = 0;
    ForEachNode(definition_.root, [&](const Node& node) {
      ++nodes;
      if (node.kind == Node::Kind::kStep || node.kind == Node::Kind::kChild) ++steps;
    });
    if (steps == 0) {
      findings_.Complain("there is no step in it: add one with Step(...).Call<...>(...)");
    }
    if (nodes > limits_.nodes) {
      findings_.Complain(
          "{} nodes (steps and all that is around them, arms included) are more than the limit of "
          "{}: split it into several definitions",
          nodes, limits_.nodes);
    }
  }

  // `around`: as CheckInner has it. `depth`: how many containers are around `node`.
  void CheckNode(const Node& node, const Descriptor* around, int depth) {
    using Kind = Node::Kind;
    const bool contains = node.kind == Kind::kChoose || node.kind == Kind::kParallel ||
                          node.kind == Kind::kForEach || node.kind == Kind::kRepeat;
    if (contains && ++depth > limits_.nesting) {
      findings_.Complain(
          "{} lies {} deep, and the limit is {}: flatten it, or split the definition", Where(node),
          depth, limits_.nesting);
      return;
    }
    if (&node != &definition_.root && !IsName(node.name)) {
      findings_.Complain("{} has a name that is none, '{}': {}", Where(node), node.name, kNameRule);
    }
    if (node.kind != Kind::kChild) CheckNamesOfChildren(node);
    if (node.kind == Kind::kStep) {
      CheckStep(node, findings_);
    } else {
      CheckInner(node, around, limits_, findings_);
    }
    // Those of another definition were checked with it.
    if (node.kind == Kind::kChild) return;
    if (node.kind == Kind::kForEach) {
      around = node.for_each.has_value() ? LinkedType(node.for_each->element_type) : nullptr;
    }
    for (const Node& child : node.children) {
      if (child.kind == Kind::kSequence && child.children.empty() && node.kind != Kind::kChoose) {
        findings_.Complain("{} is empty: put something into it, or remove it", Where(child));
      }
      CheckNode(child, around, depth);
    }
  }

  void CheckNamesOfChildren(const Node& node) {
    std::set<std::string_view> seen;
    std::set<std::string_view> repeated;
    for (const Node& child : node.children) {
      if (!seen.insert(child.name).second && repeated.insert(child.name).second) {
        findings_.Complain("the name '{}' is given twice among neighbours: rename one of them",
                           child.path);
      }
    }
  }

  const Definition& definition_;
  const ValidationLimits& limits_;
  Findings findings_;
};

}  // namespace

bool IsWithinDepth(const Node& root) { return IsWithin(root, kDeepest); }

std::vector<std::string> Validate(const Definition& definition, const ValidationLimits& limits) {
  return Validator(definition, limits).Run();
}

std::vector<std::string> ValidateLinked(const Definition& definition,
                                        const ValidationLimits& limits) {
  return Validator(definition, limits).RunLinked();
}

}  // namespace skald
