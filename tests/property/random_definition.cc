#include "tests/property/random_definition.h"

#include <functional>
#include <string>

#include "sagas/link.h"

namespace skald::property {
namespace {

using Random = std::mt19937_64;

bool Chance(Random& random, double p) { return std::uniform_real_distribution<>(0, 1)(random) < p; }
int Pick(Random& random, int n) { return std::uniform_int_distribution<>(0, n - 1)(random); }

Call AnyCall(const std::string& name) {
  return {.participant = name,
          .method = "/test/" + name,
          .make_request = [](const Scope&) -> absl::StatusOr<std::string> { return ""; },
          .keep_response = [](const Scope& scope, std::string_view) -> absl::StatusOr<std::string> {
            return std::string(scope.state);
          }};
}

absl::StatusOr<std::string> SameState(const Scope& scope, std::string_view) {
  return std::string(scope.state);
}

class Maker {
 public:
  Maker(Random& random, int nodes) : random_(random), left_(2 + Pick(random, nodes - 1)) {}

  Definition Make() {
    Definition definition{.name = "random", .version = 1};
    pivot_at_ = Chance(random_, 0.6) ? Pick(random_, 6) : -1;
    Fill(definition.root, 0, /*plain=*/true);
    Settle(definition);
    Finish(definition.root);
    Settle(definition);
    return definition;
  }

 private:
  // `plain`: a pivot may stand here.
  void Fill(Node& parent, int depth, bool plain) {
    const int length = 1 + Pick(random_, depth == 0 ? 6 : 2);
    for (int i = 0; i < length && left_ > 0; ++i) {
      --left_;
      Node node{.name = "n" + std::to_string(++names_)};
      if (depth < 3 && Chance(random_, 0.4)) {
        FillInner(node, depth, plain);
      } else if (Chance(random_, 0.2)) {
        FillWait(node);
      } else {
        node.kind = Node::Kind::kStep;
        node.action = AnyCall(node.name);
        node.pivot = plain && depth == 0 && i == pivot_at_;
      }
      parent.children.push_back(std::move(node));
    }
  }

  void FillWait(Node& node) {
    if (Chance(random_, 0.1)) {
      node.kind = Node::Kind::kTurnBack;
      node.turn_back = TurnBackPart{.reason = "the author says no"};
      return;
    }
    FillSleepOrAwait(node);
  }

  void FillSleepOrAwait(Node& node) {
    if (Chance(random_, 0.5)) {
      node.kind = Node::Kind::kSleep;
      node.sleep = SleepPart{.until = AnyTime()};
      return;
    }
    node.kind = Node::Kind::kAwait;
    node.await = AwaitPart{.keep = SameState};
    if (Chance(random_, 0.5)) {
      node.await->within = absl::Hours(1);
    } else if (Chance(random_, 0.5)) {
      node.await->until = AnyTime();
    }
    node.await->otherwise = AnyFallback();
  }

  void FillInner(Node& node, int depth, bool plain) {
    switch (Pick(random_, 5)) {
      case 0: return FillBranches(node, Node::Kind::kChoose, depth);
      case 1: return FillBranches(node, Node::Kind::kParallel, depth);
      case 2:
        node.kind = Node::Kind::kForEach;
        node.for_each = ForEachPart{.field = "items", .concurrency = 1 + Pick(random_, 3)};
        node.for_each->count = [count = Pick(random_, 4)](const Scope&) -> absl::StatusOr<int> {
          return count;
        };
        return Fill(node, depth + 1, false);
      case 3:
        node.kind = Node::Kind::kRepeat;
        node.repeat = RepeatPart{.most = 1 + Pick(random_, 3), .otherwise = AnyFallback()};
        // Without a state to look at, it is done in the first round or never.
        node.repeat->until = [done = Chance(random_, 0.5)](const Scope&) -> absl::StatusOr<bool> {
          return done;
        };
        return Fill(node, depth + 1, false);
      default:
        node.kind = Node::Kind::kChild;
        node.child = ChildPart{.definition = "child", .version = 1};
        node.child->make_state = [](const Scope&) -> absl::StatusOr<std::string> { return ""; };
        node.child->keep_state = SameState;
        return Fill(node, depth + 1, plain);
    }
  }

  void FillBranches(Node& node, Node::Kind kind, int depth) {
    node.kind = kind;
    for (int i = 0; i < 2; ++i) {
      Node branch{.name = "branch" + std::to_string(i)};
      if (kind == Node::Kind::kChoose) {
        branch.guard = [holds = Chance(random_, 0.5)](const Scope&) -> absl::StatusOr<bool> {
          return holds;
        };
      }
      Fill(branch, depth + 1, false);
      node.children.push_back(std::move(branch));
    }
  }

  // Some are over when they begin.
  std::function<absl::StatusOr<absl::Time>(const Scope&, absl::Time)> AnyTime() {
    return [hours = Pick(random_, 3)](const Scope&, absl::Time now) -> absl::StatusOr<absl::Time> {
      return now + absl::Hours(hours);
    };
  }

  Fallback AnyFallback() {
    constexpr Fallback kAll[] = {kCompensate, kContinue, kDeadLetter};
    return kAll[Pick(random_, 3)];
  }

  // What depends on where a node stands. Settled once already.
  void Finish(Node& node) {
    if (node.kind == Node::Kind::kStep) {
      node.has_action_retry = true;
      node.action_retry.attempts = node.retriable ? RetryPolicy::kUnlimited : 1 + Pick(random_, 4);
      node.compensation_retry.attempts = 1 + Pick(random_, 4);
      past_pivot_ |= node.retriable;
      if (!node.retriable && Chance(random_, 0.9)) node.compensation = AnyCall(node.name);
      // A mark; after the pivot it has nothing to do.
      const bool is_last = node.retriable && !node.pivot;
      if ((node.compensation || is_last) && Chance(random_, 0.1)) node.action.reset();
    }
    if (past_pivot_) {
      // Nothing leads back any more.
      if (node.await && node.await->otherwise == kCompensate) node.await->otherwise = kContinue;
      if (node.repeat && node.repeat->otherwise == kCompensate) node.repeat->otherwise = kContinue;
      if (node.turn_back) {
        node.turn_back.reset();
        FillSleepOrAwait(node);
        if (node.await && node.await->otherwise == kCompensate) node.await->otherwise = kContinue;
      }
    }
    for (Node& child : node.children) Finish(child);
  }

  Random& random_;
  int left_;
  int names_ = 0;
  int pivot_at_ = -1;
  bool past_pivot_ = false;
};

}  // namespace

Definition RandomDefinition(std::mt19937_64& random, int nodes) {
  return Maker(random, nodes).Make();
}

}  // namespace skald::property
