#include "sagas/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "sagas/testdata/nodes.h"
#include "sagas/validate.h"

namespace skald {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace testdata;  // NOLINT: as an author would.

std::vector<std::string> Advice(std::vector<Node> children,
                                absl::Duration deadline = absl::InfiniteDuration()) {
  Definition definition = Tree("place", 1, std::move(children));
  definition.deadline = deadline;
  EXPECT_THAT(Validate(definition), IsEmpty());
  return Lint(definition);
}

Node Asks(const std::string& name) {
  Node node = Last(name);
  node.nothing_to_compensate = true;
  return node;
}

template <typename Change>
Node Changed(Node node, const Change& change) {
  change(node);
  return node;
}

TEST(LintTest, SaysNothingOfAPlainDefinition) {
  EXPECT_THAT(Advice({Asks("check"), Step("reserve"), Await("word"), Pivot("charge"), Last("ship"),
                      ForEach("all", {Last("tell")})}),
              IsEmpty());
  EXPECT_THAT(Advice({Step("reserve"), Step("hold")}), IsEmpty());
}

TEST(LintTest, AsksForAPivotBeforeStepsThatOnlyFollow) {
  EXPECT_THAT(Advice({Step("reserve"), Asks("check"), Step("hold"), Sleep("nap"), Asks("tell")}),
              ElementsAre(AllOf(HasSubstr("place@1: it has no pivot, and step 'tell' has nothing"),
                                HasSubstr("when it fails, step 'hold'"))));
  EXPECT_THAT(Advice({Step("reserve"), Asks("check"), Step("hold")}), IsEmpty());
  EXPECT_THAT(Advice({Asks("check"), Asks("tell")}), IsEmpty());
  EXPECT_THAT(Advice({Parallel("both", {Step("hold"), Asks("look")})}), IsEmpty());
  EXPECT_THAT(Advice({Step("reserve"), Child("money", "pay"), Asks("tell")}), IsEmpty());
}

TEST(LintTest, AsksWhetherAPivotIsNeededThatNothingFollows) {
  EXPECT_THAT(Advice({Step("reserve"), Pivot("charge")}),
              ElementsAre(AllOf(HasSubstr("step 'charge' is the pivot, and nothing comes after"),
                                HasSubstr("give it a compensation instead"))));
  EXPECT_THAT(Advice({Choose("way", {When("x", {Pivot("charge")}),
                                     Sequence("otherwise", {Pivot("bill"), Sleep("nap")})})}),
              IsEmpty());
}

TEST(LintTest, WarnsOfBudgetsShorterThanOneTimeout) {
  const auto short_budget = [](Node& node) {
    node.action_retry.budget = node.compensation_retry.budget = absl::Seconds(2);
    node.has_action_retry = true;
  };
  EXPECT_THAT(Advice({Changed(Step("a"), short_budget)}),
              ElementsAre(HasSubstr("step 'a' has a retry budget of 2s for its action, and one "
                                    "attempt may last 5s"),
                          HasSubstr("for its compensation")));
  EXPECT_THAT(Advice({Changed(Step("a"),
                              [&](Node& node) {
                                short_budget(node);
                                node.action_retry.attempts = node.compensation_retry.attempts = 1;
                              })}),
              IsEmpty());
}

TEST(LintTest, WarnsOfAnAwaitForEverUnlessTheDeadlineEndsIt) {
  const Node forever =
      Changed(Await("word"), [](Node& node) { node.await->within = absl::InfiniteDuration(); });
  EXPECT_THAT(Advice({Step("a"), forever}),
              ElementsAre(AllOf(
                  HasSubstr("await 'word' waits for ever, and the definition has no "
                            "deadline"),
                  HasSubstr("say Within(...) or Until(...), or give the definition a deadline"))));
  EXPECT_THAT(Advice({Step("a"), forever}, absl::Hours(24)), IsEmpty());
  EXPECT_THAT(Advice({Pivot("a"), forever}, absl::Hours(24)),
              ElementsAre(HasSubstr("a deadline has no effect after the pivot")));
}

TEST(LintTest, WarnsOfStepsThatMayGoOnForEver) {
  const RetryPolicy forever = {.attempts = RetryPolicy::kUnlimited,
                               .budget = absl::InfiniteDuration()};
  const Node tried = Changed(Step("a"), [&](Node& node) {
    node.action_retry = forever;
    node.has_action_retry = true;
  });
  EXPECT_THAT(Advice({tried}), ElementsAre(HasSubstr("step 'a' is tried for ever")));
  EXPECT_THAT(Advice({tried}, absl::Hours(1)), IsEmpty());
  const Node undone = Changed(Step("a"), [&](Node& node) { node.compensation_retry = forever; });
  EXPECT_THAT(Advice({undone}, absl::Hours(1)),
              ElementsAre(HasSubstr("step 'a' is compensated for ever")));
  const Node pending =
      Changed(Step("a"), [](Node& node) { node.pending_timeout = absl::InfiniteDuration(); });
  EXPECT_THAT(Advice({pending}), ElementsAre(HasSubstr("step 'a' may be pending for ever")));
  EXPECT_THAT(Advice({pending}, absl::Hours(1)), IsEmpty());
}

TEST(LintTest, WarnsOfALoopThatCallsWithoutAPause) {
  const auto rounds = [](int most, std::vector<Node> body) {
    return Changed(Repeat("again", std::move(body)), [&](Node& node) { node.repeat->most = most; });
  };
  EXPECT_THAT(Advice({rounds(100, {Step("ask")})}),
              ElementsAre(AllOf(HasSubstr("repeat 'again' calls its participants up to 100 times"),
                                HasSubstr("put a Sleep or an Await into it"))));
  EXPECT_THAT(Advice({rounds(100, {Step("ask"), Sleep("nap")})}), IsEmpty());
  EXPECT_THAT(Advice({rounds(10, {Step("ask")})}), IsEmpty());
}

TEST(LintTest, WarnsOfAWideFanOut) {
  const auto wide = [](int concurrency) {
    return Changed(ForEach("all", {Step("a")}),
                   [&](Node& node) { node.for_each->concurrency = concurrency; });
  };
  EXPECT_THAT(Advice({wide(65)}), ElementsAre(HasSubstr("for-each 'all' has a concurrency of 65")));
  EXPECT_THAT(Advice({wide(64)}), IsEmpty());
}

TEST(LintTest, WarnsOfCallsOfMoreThanAMinute) {
  const auto lasting = [](absl::Duration timeout) {
    return Changed(Step("a"), [&](Node& node) { node.timeout = timeout; });
  };
  EXPECT_THAT(Advice({lasting(absl::Seconds(61))}),
              ElementsAre(AllOf(HasSubstr("step 'a' lets one attempt last 1m1s"),
                                HasSubstr("CompleteStep"))));
  EXPECT_THAT(Advice({lasting(absl::Minutes(1))}), IsEmpty());
}

TEST(LintTest, WarnsOfNamesThatRepeatTheirParents) {
  EXPECT_THAT(Advice({Parallel("ship", {Step("ship_parcel"), Step("ship"), Step("shipment")})}),
              ElementsAre(HasSubstr("step 'ship/ship_parcel' repeats the name of what it is in"),
                          HasSubstr("step 'ship/ship' repeats")));
}

TEST(LintTest, LeavesTheNodesOfAChildToTheirOwnDefinition) {
  Node child = Child("money", "pay");
  child.children = {Changed(Last("money_hold"), [](Node& node) {
    node.timeout = absl::Hours(1);
    node.pending_timeout = absl::InfiniteDuration();
    node.pivot = true;
  })};
  EXPECT_THAT(Advice({child}), IsEmpty());
}

}  // namespace
}  // namespace skald
