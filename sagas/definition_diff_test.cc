#include "sagas/definition_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "sagas/fingerprint.h"
#include "sagas/testdata/nodes.h"

namespace skald {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using namespace testdata;  // NOLINT: as an author would.

std::vector<std::string> Changes(std::vector<Node> before, std::vector<Node> after) {
  return DescribeChanges(CanonicalText(Tree("place", 1, std::move(before))),
                         CanonicalText(Tree("place", 1, std::move(after))));
}

// From `node` to what `change` makes of it.
template <typename Change>
std::vector<std::string> Changed(const Node& node, const Change& change) {
  Node after = node;
  change(after);
  return Changes({node}, {std::move(after)});
}

TEST(DescribeChangesTest, SaysNothingOfEqualTexts) {
  EXPECT_THAT(Changes({Step("a"), Await("word")}, {Step("a"), Await("word")}), IsEmpty());
}

TEST(DescribeChangesTest, NamesAnotherStateType) {
  Definition before = Tree("place", 1, {Step("a")});
  Definition after = before;
  after.state_type = "shop.v2.Order";
  EXPECT_THAT(DescribeChanges(CanonicalText(before), CanonicalText(after)),
              ElementsAre("the state is of type shop.v2.Order instead of "
                          "skald.testdata.delivery.v1.State"));
}

TEST(DescribeChangesTest, NamesWhatAStepCallsInstead) {
  EXPECT_THAT(
      Changed(Step("charge"), [](Node& node) { node.action->method = "/shop.v1.Stock/Do2"; }),
      ElementsAre("step 'charge' calls stock /shop.v1.Stock/Do2 instead of stock "
                  "/shop.v1.Stock/Do"));
  EXPECT_THAT(Changed(Step("charge"), [](Node& node) { node.action->participant = "store"; }),
              ElementsAre("step 'charge' calls store /shop.v1.Stock/Do instead of stock "
                          "/shop.v1.Stock/Do"));
  EXPECT_THAT(Changed(Step("charge"),
                      [](Node& node) { node.compensation->request_type = "shop.v2.Request"; }),
              ElementsAre("step 'charge' sends to its compensation shop.v2.Request instead of "
                          "shop.v1.Request"));
}

TEST(DescribeChangesTest, NamesCallsThatCameAndWent) {
  EXPECT_THAT(Changes({Step("a")}, {Last("a")}), ElementsAre("step 'a' has no compensation now"));
  EXPECT_THAT(Changes({Last("a")}, {Step("a")}),
              ElementsAre("step 'a' is compensated by stock /shop.v1.Stock/Undo now"));
  EXPECT_THAT(Changes({Step("a")}, {Mark("a")}), ElementsAre("step 'a' calls nothing any more"));
  EXPECT_THAT(Changes({Mark("a")}, {Step("a")}),
              ElementsAre("step 'a' calls stock /shop.v1.Stock/Do now"));
}

TEST(DescribeChangesTest, NamesThePivotThatMoved) {
  EXPECT_THAT(
      Changes({Pivot("charge"), Last("ship")}, {Last("charge"), Pivot("ship")}),
      ElementsAre("step 'charge' is not the pivot any more", "step 'ship' is the pivot now"));
}

TEST(DescribeChangesTest, NamesWhatWasAddedAndWhere) {
  const Node other = Await("other");
  EXPECT_THAT(Changes({Step("a"), Step("b")}, {Step("a"), other, Step("b")}),
              ElementsAre("await 'other' was added after 'a'"));
  EXPECT_THAT(Changes({Step("a")}, {other, Step("a")}),
              ElementsAre("await 'other' was added at the beginning"));
  EXPECT_THAT(Changes({ForEach("all", {Step("a")})}, {ForEach("all", {other, Step("a")})}),
              ElementsAre("await 'all/other' was added at the beginning of 'all'"));
  EXPECT_THAT(Changes({Choose("way", {When("x", {Step("a")})})},
                      {Choose("way", {When("x", {Step("a")}), When("y", {Step("b")})})}),
              ElementsAre("arm 'way/y' was added after 'way/x'"));
}

TEST(DescribeChangesTest, NamesWhatWasRemoved) {
  EXPECT_THAT(Changes({Step("a"), Parallel("both", {Last("b"), Last("c")})}, {Step("a")}),
              ElementsAre("parallel 'both' was removed"));
}

TEST(DescribeChangesTest, NamesTwoThatChangedPlaces) {
  EXPECT_THAT(Changes({Step("a"), Step("b"), Step("c")}, {Step("c"), Step("b"), Step("a")}),
              ElementsAre("'a' and 'c' changed places"));
}

TEST(DescribeChangesTest, NamesTheOneThatMovedAmongMany) {
  EXPECT_THAT(Changes({Step("a"), Step("b"), Step("c"), Step("d")},
                      {Step("b"), Step("c"), Step("d"), Step("a")}),
              ElementsAre("step 'a' comes after 'd' now"));
  EXPECT_THAT(Changes({Step("a"), Step("b"), Step("c"), Step("d")},
                      {Step("d"), Step("a"), Step("b"), Step("c")}),
              ElementsAre("step 'd' comes before 'a' now"));
}

TEST(DescribeChangesTest, FollowsANodeIntoAndOutOfAnother) {
  EXPECT_THAT(Changes({Step("a"), Last("b")}, {Parallel("both", {Step("a"), Last("b")})}),
              UnorderedElementsAre("step 'a' moved: it is 'both/a' now",
                                   "step 'b' moved: it is 'both/b' now",
                                   "parallel 'both' was added at the beginning"));
  EXPECT_THAT(
      Changes({Repeat("again", {Step("a")}), Last("z")}, {Step("a"), Last("z")}),
      UnorderedElementsAre("step 'again/a' moved: it is 'a' now", "repeat 'again' was removed"));
}

TEST(DescribeChangesTest, KnowsANodeByWhatItDoesWhenItsNameChanged) {
  EXPECT_THAT(Changes({Step("a"), Await("word")}, {Step("a"), Await("reply")}),
              ElementsAre("await 'word' is called 'reply' now"));
}

TEST(DescribeChangesTest, NamesBoundsAndFallbacksOfLoops) {
  const Node again = Repeat("again", {Step("a")});
  EXPECT_THAT(Changed(again, [](Node& node) { node.repeat->most = 3; }),
              ElementsAre("repeat 'again' has at most 3 rounds instead of 10"));
  EXPECT_THAT(
      Changed(again, [](Node& node) { node.repeat->otherwise = kContinue; }),
      ElementsAre("repeat 'again' goes on when its rounds are used up, instead of parking it"));
  EXPECT_THAT(
      Changed(ForEach("all", {Step("a")}), [](Node& node) { node.for_each->field = "boxes"; }),
      ElementsAre("for-each 'all' goes over boxes instead of parcels"));
  EXPECT_THAT(
      Changed(ForEach("all", {Step("a")}), [](Node& node) { node.for_each->concurrency = 2; }),
      ElementsAre("for-each 'all' has several elements under way at once now"));
}

TEST(DescribeChangesTest, NamesWhatAnAwaitTakesAndWhatFollows) {
  const Node word = Await("word");
  EXPECT_THAT(Changed(word, [](Node& node) { node.await->message_type = "shop.v1.Yes"; }),
              ElementsAre("await 'word' takes shop.v1.Yes instead of "
                          "skald.testdata.delivery.v1.Approval"));
  EXPECT_THAT(
      Changed(word, [](Node& node) { node.await->otherwise = kCompensate; }),
      ElementsAre("await 'word' turns the saga back when nothing comes, instead of parking it"));
  EXPECT_THAT(Changed(word, [](Node& node) { node.await->within = absl::InfiniteDuration(); }),
              ElementsAre("await 'word' waits for ever now"));
  EXPECT_THAT(Changed(word,
                      [](Node& node) {
                        node.await->within = absl::InfiniteDuration();
                        node.await->until = [](const Scope&, absl::Time now) { return now; };
                      }),
              IsEmpty());
}

TEST(DescribeChangesTest, NamesAnotherVersionOfAChildWithoutItsNodes) {
  Node before = Child("money", "pay", 1);
  before.children = {Step("a")};
  Node after = Child("money", "pay", 2);
  after.children = {Step("b")};
  EXPECT_THAT(Changes({before}, {after}), ElementsAre("child 'money' is pay@2 instead of pay@1"));
  after.child->version = 1;
  EXPECT_THAT(Changes({before}, {after}), ElementsAre("step 'money/a' is called 'b' now"));
}

TEST(DescribeChangesTest, NamesAGuardThatCameAndANodeOfAnotherKind) {
  EXPECT_THAT(Changes({Choose("way", {Sequence("x", {Step("a")})})},
                      {Choose("way", {When("x", {Step("a")})})}),
              ElementsAre("arm 'way/x' has a guard now"));
  EXPECT_THAT(Changes({Step("a")}, {Await("a")}),
              ElementsAre("'a' is of kind await instead of step"));
}

TEST(DescribeChangesTest, NamesATurnBackThatCameAndNotItsOtherReason) {
  const Node before = TurnBack("declined");
  Node after = before;
  after.turn_back->reason = "the score is below 600";
  EXPECT_THAT(Changes({Step("a"), before}, {Step("a"), after}), IsEmpty());
  EXPECT_THAT(Changes({Step("a")}, {Step("a"), after}),
              ElementsAre("turn-back 'declined' was added after 'a'"));
}

TEST(DescribeChangesTest, AlwaysSaysSomethingOfTextsThatDiffer) {
  for (const char* text : {"", "\n", "step", "x", "          step a\n  step b\naction\n", "\xff"}) {
    EXPECT_THAT(DescribeChanges(text, "definition place\nstate x\n"), testing::Not(IsEmpty()));
    EXPECT_THAT(DescribeChanges(std::string(text) + " ", text), SizeIs(1)) << text;
  }
}

}  // namespace
}  // namespace skald
