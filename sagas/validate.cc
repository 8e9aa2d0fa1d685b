#include "sagas/validate.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

#include "sagas/pivot.h"

namespace skald {
namespace {

constexpr std::string_view kNameRule = "names are [a-z][a-z0-9_]*";

bool IsName(std::string_view name) {
  const auto is_lower = [](char c) { return 'a' <= c && c <= 'z'; };
  const auto is_digit = [](char c) { return '0' <= c && c <= '9'; };
  return !name.empty() && is_lower(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

std::string_view KindName(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::kSequence: return "arm";
    case Node::Kind::kStep: return "step";
    case Node::Kind::kChoose: return "choose";
  }
  return "node";
}

// "step 'delivery/express/book_courier'"
std::string Where(const Node& node) {
  return fmt::format("{} '{}'", KindName(node.kind), node.path);
}

bool IsWithin(const Node& node, int levels) {
  if (levels == 0) return false;
  return std::all_of(node.children.begin(), node.children.end(),
                     [&](const Node& child) { return IsWithin(child, levels - 1); });
}

// One pass over one definition. Each Check* looks at one family of rules.
class Validator final {
 public:
  Validator(const Definition& definition, const ValidationLimits& limits)
      : definition_(definition), limits_(limits) {}

  std::vector<std::string> Run() {
    for (const std::string& error : definition_.builder_errors) Complain("{}", error);
    if (!IsWithinDepth(definition_.root)) {
      Complain("its tree is more than {} levels deep: flatten it, or split the definition",
               kDeepest);
      return std::move(findings_);
    }
    CheckHead();
    CheckSize();
    ForEachNode(definition_.root, [this](const Node& node) {
      CheckNames(node);
      if (node.kind == Node::Kind::kStep) CheckStep(node);
      if (node.kind == Node::Kind::kChoose) CheckChoose(node);
    });
    CheckPivots();
    return std::move(findings_);
  }

  std::vector<std::string> RunLinked() {
    CheckPivots();
    return std::move(findings_);
  }

 private:
  template <typename... Args>
  void Complain(fmt::format_string<Args...> format, Args&&... args) {
    findings_.push_back(Label(definition_) + ": " +
                        fmt::format(format, std::forward<Args>(args)...));
  }

  void CheckHead() {
    if (!IsName(definition_.name)) {
      Complain("the definition's name '{}' is no name: {}", definition_.name, kNameRule);
    }
    if (definition_.version < 1) {
      Complain("version {} is below 1: versions count from 1", definition_.version);
    }
    if (google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
            definition_.state_type) == nullptr) {
      Complain("the state type '{}' is not linked into this program: link its generated .pb.cc",
               definition_.state_type);
    }
  }

  void CheckSize() {
    int nodes = -1;  // The root is nobody's.
    int steps = 0;
    ForEachNode(definition_.root, [&](const Node& node) {
      ++nodes;
      if (node.kind == Node::Kind::kStep || node.kind == Node::Kind::kChild) ++steps;
    });
    if (steps == 0) Complain("there is no step in it: add one with Step(...).Call<...>(...)");
    if (nodes > limits_.nodes) {
      Complain(
          "{} nodes (steps, chooses and arms) are more than the limit of {}: split it into "
          "several definitions",
          nodes, limits_.nodes);
    }
    CheckNesting(definition_.root, 0);
  }

  // `depth`: how many chooses are around `node`.
  void CheckNesting(const Node& node, int depth) {
    if (node.kind == Node::Kind::kChoose && ++depth > limits_.nesting) {
      Complain("{} lies {} deep, and the limit is {}: flatten it, or split the definition",
               Where(node), depth, limits_.nesting);
      return;
    }
    for (const Node& child : node.children) CheckNesting(child, depth);
  }

  void CheckNames(const Node& node) {
    if (&node != &definition_.root && !IsName(node.name)) {
      Complain("{} has a name that is none, '{}': {}", Where(node), node.name, kNameRule);
    }
    std::set<std::string_view> seen;
    std::set<std::string_view> repeated;
    for (const Node& child : node.children) {
      if (!seen.insert(child.name).second && repeated.insert(child.name).second) {
        Complain("the name '{}' is given twice among neighbours: rename one of them", child.path);
      }
    }
  }

  void CheckStep(const Node& step) {
    if (!step.action.has_value()) {
      Complain("{} calls nothing: add .Call<&Service::Stub::Method>(...)", Where(step));
    }
    if (step.compensation.has_value() && step.nothing_to_compensate) {
      Complain("{} has a compensation and also NothingToCompensate: remove one", Where(step));
    }
    if (step.timeout <= absl::ZeroDuration()) {
      Complain("{} has a timeout of {}: give one above zero", Where(step),
               absl::FormatDuration(step.timeout));
    }
    for (const std::optional<Call>* call : {&step.action, &step.compensation}) {
      if (call->has_value() && !IsName((*call)->participant)) {
        Complain("{} calls the participant '{}', which is no name: {}", Where(step),
                 (*call)->participant, kNameRule);
      }
    }
    CheckRetry(step, "retry policy", step.action_retry);
    CheckRetry(step, "retry policy of the compensation", step.compensation_retry);
  }

  void CheckRetry(const Node& step, std::string_view which, const RetryPolicy& policy) {
    const auto refuse = [&](std::string_view what) {
      Complain("{}, {}: {}", Where(step), which, what);
    };
    if (policy.attempts < 0) {
      refuse("attempts are below 0: give at least 1, or RetryPolicy::kUnlimited");
    }
    if (policy.first < absl::ZeroDuration()) refuse("the first delay is below 0");
    // Written so that a NaN fails, too.
    if (!(policy.multiplier >= 1) || std::isinf(policy.multiplier)) {
      refuse("the multiplier is not a number from 1 on: delays must not shrink");
    }
    if (policy.most < policy.first) {
      refuse("the longest delay (most) is shorter than the first one");
    }
    if (policy.budget <= absl::ZeroDuration()) {
      refuse("the budget is not above 0: there would be no attempt at all");
    }
  }

  void CheckChoose(const Node& choose) {
    if (choose.children.empty()) {
      Complain("{} has no arm: add .When(...), or remove it", Where(choose));
    }
    int otherwises = 0;
    for (const Node& arm : choose.children) {
      if (!arm.guard) ++otherwises;
    }
    if (otherwises > 1) {
      Complain("{} has {} arms without a guard: only one can be the Otherwise", Where(choose),
               otherwises);
    } else if (otherwises == 1 && choose.children.back().guard) {
      Complain("{} has an arm after its Otherwise, which is never taken: write Otherwise last",
               Where(choose));
    }
  }

  void CheckPivots() {
    const Node* complained = nullptr;
    WalkPivots(definition_.root, {}, [&](const Node& step, const PivotPosition& before) {
      if (step.kind != Node::Kind::kStep) return;
      switch (before.where) {
        case PivotPosition::Where::kBefore: CheckStepUpToPivot(step); return;
        case PivotPosition::Where::kAfter: CheckStepAfterPivot(step, *before.because); return;
        case PivotPosition::Where::kUndecided: break;
      }
      // Once for each choose; what follows it cannot be judged.
      if (std::exchange(complained, before.because) == before.because) return;
      Complain(
          "{} comes after {}, of which some ways hold a pivot and some do not, so that nobody "
          "can say whether the saga may still turn back there: give each arm a pivot (an "
          "Otherwise, too), or none, or let nothing follow the choose",
          Where(step), Where(*before.because));
    });
  }

  void CheckStepUpToPivot(const Node& step) {
    if (step.pivot) {
      if (step.compensation.has_value()) {
        Complain(
            "{} is the pivot and has a compensation: once it has succeeded a saga only goes "
            "forward; remove the compensation or move the pivot",
            Where(step));
      }
      return;
    }
    if (!step.compensation.has_value() && !step.nothing_to_compensate) {
      Complain(
          "{} comes before the pivot and does not say how it is compensated: add "
          ".Compensate<...>(...), or .NothingToCompensate() if there is nothing to undo",
          Where(step));
    }
  }

  void CheckStepAfterPivot(const Node& step, const Node& pivot) {
    if (step.pivot) {
      Complain("{} is a second pivot after '{}' on one path: a path has one point of no return",
               Where(step), pivot.path);
    }
    if (step.compensation.has_value()) {
      Complain(
          "{} comes after the pivot '{}' and has a compensation: after the pivot a saga only "
          "goes forward; remove the compensation or move the pivot",
          Where(step), pivot.path);
    }
  }

  const Definition& definition_;
  const ValidationLimits& limits_;
  std::vector<std::string> findings_;
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
