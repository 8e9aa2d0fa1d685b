#include "sagas/lint.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "absl/time/time.h"
#include "sagas/findings.h"
#include "sagas/pivot.h"
#include "sagas/validate.h"
#include "sagas/validate_rules.h"

namespace skald {
namespace {

using Kind = Node::Kind;

// More calls at once than most participants have workers.
constexpr int kWide = 64;
// Calls that last longer hold a connection, and a place in the engine, for no use.
constexpr absl::Duration kLong = absl::Minutes(1);
// Rounds without a pause that are hardly meant.
constexpr int kTight = 10;

// Whether `node` or any node in it is so.
template <typename Predicate>
bool AnyIn(const Node& node, const Predicate& is_so) {
  return is_so(node) || std::any_of(node.children.begin(), node.children.end(),
                                    [&](const Node& child) { return AnyIn(child, is_so); });
}

bool Waits(const Node& node) { return node.kind == Kind::kAwait || node.kind == Kind::kSleep; }
bool Calls(const Node& node) { return node.action.has_value(); }
bool HasWayBack(const Node& node) { return node.compensation.has_value(); }

// A child that is not linked may hold one.
bool MayBePivot(const Node& node) {
  return node.pivot || (node.kind == Kind::kChild && node.children.empty());
}

bool IsForEver(absl::Duration duration) { return duration == absl::InfiniteDuration(); }

bool IsTriedForEver(const RetryPolicy& policy) {
  return policy.attempts == RetryPolicy::kUnlimited && IsForEver(policy.budget);
}

class Linter final {
 public:
  explicit Linter(const Definition& definition)
      : definition_(definition), findings_(definition, ValidationLimits().messages) {}

  std::vector<std::string> Run() {
    ForEachNode(definition_.root, [this](const Node& node) {
      if (node.kind != Kind::kChild && !IsInChild(node)) return;
      for (const Node& inner : node.children) of_children_.insert(&inner);
    });
    AdviseOnMissingPivot();
    AdviseOnLastPivot();
    AdviseOnNodes(definition_.root);
    WalkPivots(definition_.root, {}, [this](const Node& node, const PivotPosition& before) {
      const bool past_pivot = node.retriable || before.where == PivotPosition::Where::kAfter;
      AdviseOnEndlessness(node, past_pivot);
    });
    return findings_.Take();
  }

 private:
  void AdviseOnNodes(const Node& node) {
    if (node.kind == Kind::kStep) AdviseOnStep(node);
    if (node.kind == Kind::kForEach && node.for_each->concurrency > kWide) {
      findings_.Complain(
          "{} has a concurrency of {}: each saga alone would keep so many calls under way at its "
          "participants; take {} or fewer, unless they are made for more",
          Where(node), node.for_each->concurrency, kWide);
    }
    if (node.kind == Kind::kRepeat) AdviseOnTightLoop(node);
    if (node.kind == Kind::kChild) return;
    for (const Node& child : node.children) {
      AdviseOnName(child, node);
      AdviseOnNodes(child);
    }
  }

  void AdviseOnName(const Node& node, const Node& parent) {
    if (parent.name.empty()) return;
    if (node.name != parent.name && node.name.rfind(parent.name + "_", 0) != 0) return;
    findings_.Complain(
        "{} repeats the name of what it is in: people and idempotency keys see the whole path; "
        "name it by what it does there",
        Where(node));
  }

  void AdviseOnStep(const Node& step) {
    if (step.timeout > kLong) {
      findings_.Complain(
          "{} lets one attempt last {}: a call that long holds a connection, and a participant "
          "that is gone is noticed late; let the participant answer 'pending' and finish with "
          "CompleteStep",
          Where(step), absl::FormatDuration(step.timeout));
    }
    if (step.action.has_value()) AdviseOnBudget(step, "action", step.action_retry);
    if (step.compensation.has_value()) {
      AdviseOnBudget(step, "compensation", step.compensation_retry);
    }
  }

  void AdviseOnBudget(const Node& step, std::string_view which, const RetryPolicy& policy) {
    if (policy.attempts == 1 || policy.budget >= step.timeout) return;
    findings_.Complain(
        "{} has a retry budget of {} for its {}, and one attempt may last {}: an attempt that "
        "hangs uses it up and is never repeated; give a larger budget or a shorter timeout",
        Where(step), absl::FormatDuration(policy.budget), which,
        absl::FormatDuration(step.timeout));
  }

  void AdviseOnTightLoop(const Node& repeat) {
    if (repeat.repeat->most <= kTight || AnyIn(repeat, Waits) || !AnyIn(repeat, Calls)) return;
    findings_.Complain(
        "{} calls its participants up to {} times without a pause: if it asks until something is "
        "done, put a Sleep or an Await into it",
        Where(repeat), repeat.repeat->most);
  }

  // What has no bound of its own, where the deadline does not end it either: there is none, or it
  // has no effect any more.
  void AdviseOnEndlessness(const Node& node, bool past_pivot) {
    if (IsInChild(node)) return;
    const bool has_deadline = !IsForEver(definition_.deadline) && !past_pivot;
    const std::string_view why =
        past_pivot ? "a deadline has no effect after the pivot" : "the definition has no deadline";
    const std::string_view or_deadline = past_pivot ? "" : ", or give the definition a deadline";
    if (node.await.has_value() && !node.await->Ends() && !has_deadline) {
      findings_.Complain(
          "{} waits for ever, and {}: a saga whose signal is lost never ends; say Within(...) or "
          "Until(...){}",
          Where(node), why, or_deadline);
    }
    if (node.kind != Kind::kStep) return;
    if (node.action.has_value() && IsTriedForEver(node.action_retry) && !has_deadline) {
      findings_.Complain(
          "{} is tried for ever, and {}: nobody hears of a participant that never recovers; bound "
          "its attempts or its budget{}",
          Where(node), why, or_deadline);
    }
    if (IsForEver(node.pending_timeout) && !has_deadline) {
      findings_.Complain(
          "{} may be pending for ever, and {}: a saga whose completion is lost never ends; bound "
          "it{}",
          Where(node), why, or_deadline);
    }
    if (node.compensation.has_value() && IsTriedForEver(node.compensation_retry)) {
      findings_.Complain(
          "{} is compensated for ever: nobody hears of a participant that never recovers; bound "
          "its attempts or its budget, so that the saga is parked for an operator",
          Where(node));
    }
  }

  // Without a pivot a failure of the last step undoes all, also where it could only be told to
  // somebody that all is done.
  void AdviseOnMissingPivot() {
    const std::vector<Node>& nodes = definition_.root.children;
    if (AnyIn(definition_.root, MayBePivot)) return;
    const auto last = std::find_if(nodes.rbegin(), nodes.rend(),
                                   [](const Node& node) { return AnyIn(node, HasWayBack); });
    if (last == nodes.rend()) return;
    const auto after =
        std::find_if(last.base(), nodes.end(), [](const Node& node) { return AnyIn(node, Calls); });
    if (after == nodes.end()) return;
    findings_.Complain(
        "it has no pivot, and {} has nothing to compensate and comes after all that has: when it "
        "fails, {} and what came before is undone; if that is not meant, mark the step from which "
        "on a saga should only go forward as the pivot",
        Where(*after), Where(*last));
  }

  void AdviseOnLastPivot() {
    std::vector<const Node*> pivots;
    bool something_follows = false;
    WalkPivots(definition_.root, {}, [&](const Node& node, const PivotPosition& before) {
      if (node.pivot && !IsInChild(node)) pivots.push_back(&node);
      if (before.where == PivotPosition::Where::kAfter) something_follows = true;
    });
    if (something_follows) return;
    for (const Node* pivot : pivots) {
      findings_.Complain(
          "{} is the pivot, and nothing comes after it: when nobody knows whether it succeeded, "
          "the "
          "saga does not turn back but is parked in the end; if it can be undone, give it a "
          "compensation instead",
          Where(*pivot));
    }
  }

  bool IsInChild(const Node& node) const { return of_children_.contains(&node); }

  const Definition& definition_;
  // The nodes that belong to other definitions.
  std::set<const Node*> of_children_;
  Findings findings_;
};

}  // namespace

std::vector<std::string> Lint(const Definition& definition) { return Linter(definition).Run(); }

}  // namespace skald
