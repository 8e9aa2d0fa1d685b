#include "sagas/link.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sagas/fingerprint.h"
#include "sagas/testdata/nodes.h"

namespace skald {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace testdata;  // NOLINT: as an author would.

DefinitionTable TableOf(const std::vector<Definition>& definitions) {
  DefinitionTable table;
  for (const Definition& each : definitions) table[each.name][each.version] = &each;
  return table;
}

TEST(SettleTest, GivesEveryKindOfNodeItsPath) {
  const Definition definition =
      Tree("paths", 1,
           {Parallel("both", {Step("left"), Sequence("right", {Await("word"), Sleep("nap")})}),
            ForEach("all", {Repeat("again", {Step("ask")})})});
  for (const char* path :
       {"both/left", "both/right/word", "both/right/nap", "all/again", "all/again/ask"}) {
    const Node* node = FindNode(definition, path);
    ASSERT_NE(node, nullptr) << path;
    EXPECT_EQ(node->path, path);
  }
}

TEST(SettleTest, MarksAsRetriableWhatIsThePivotOrComesAfterItInAnyKindOfNode) {
  const Definition definition =
      Tree("after", 1,
           {Step("before"), Pivot("charge"), Parallel("both", {Last("left"), Last("right")}),
            ForEach("all", {Repeat("again", {Last("ask")})})});
  EXPECT_FALSE(FindNode(definition, "before")->retriable);
  for (const char* path : {"charge", "both/left", "both/right", "all/again/ask"}) {
    EXPECT_TRUE(FindNode(definition, path)->retriable) << path;
    EXPECT_EQ(FindNode(definition, path)->action_retry, DefaultRetriableRetry()) << path;
  }
}

TEST(SettleTest, LeavesThePoliciesThatTheAuthorGave) {
  Node own = Last("own");
  own.action_retry = {.attempts = 3};
  own.has_action_retry = true;
  Node other = Last("other");
  other.action_retry = {.attempts = 3};
  const Definition definition = Tree("policies", 1, {Pivot("charge"), own, other});
  EXPECT_EQ(FindNode(definition, "own")->action_retry, own.action_retry);
  EXPECT_EQ(FindNode(definition, "other")->action_retry, DefaultRetriableRetry());
}

TEST(SettleTest, LeavesATreeAloneThatIsTooDeepForTheStack) {
  EXPECT_EQ(Tree("bomb", 1, {Nested(500)}).fingerprint, "");
}

TEST(LinkTest, PutsACopyOfTheOtherDefinitionsNodesUnderAChild) {
  const std::vector<Definition> others = {Tree("ship", 2, {Step("pack"), Step("send")})};
  Definition parent = Tree("place", 1, {Step("reserve"), Child("delivery", "ship", 2)});
  EXPECT_THAT(Link(parent, TableOf(others)), IsEmpty());
  EXPECT_NE(FindNode(parent, "delivery/pack"), nullptr);
  EXPECT_EQ(FindNode(parent, "delivery/send")->path, "delivery/send");
  EXPECT_EQ(parent.fingerprint, Fingerprint(parent));
}

TEST(LinkTest, LinksTheChildrenOfChildrenAndWhatIsInsideOtherNodes) {
  const std::vector<Definition> others = {Tree("inner", 1, {Step("deep")}),
                                          Tree("outer", 1, {Child("more", "inner")})};
  Definition parent = Tree("top", 1, {Parallel("both", {Child("a", "outer"), Step("b")})});
  EXPECT_THAT(Link(parent, TableOf(others)), IsEmpty());
  EXPECT_EQ(FindNode(parent, "both/a/more/deep")->path, "both/a/more/deep");
}

TEST(LinkTest, ChangesNothingWhenItIsRepeated) {
  const std::vector<Definition> others = {Tree("inner", 1, {Step("deep")}),
                                          Tree("outer", 1, {Child("more", "inner")})};
  Definition parent = Tree("top", 1, {Child("a", "outer")});
  EXPECT_THAT(Link(parent, TableOf(others)), IsEmpty());
  const std::string once = CanonicalText(parent);
  EXPECT_THAT(Link(parent, TableOf(others)), IsEmpty());
  EXPECT_EQ(CanonicalText(parent), once);
}

TEST(LinkTest, LetsAChildAfterThePivotOnlyGoForward) {
  const std::vector<Definition> others = {
      Tree("ship", 1, {Step("pack"), Pivot("hand_over"), Last("tell")})};
  Definition parent = Tree("place", 1, {Pivot("charge"), Child("delivery", "ship")});
  EXPECT_THAT(Link(parent, TableOf(others)), IsEmpty());
  for (const char* path : {"delivery/pack", "delivery/hand_over", "delivery/tell"}) {
    const Node* step = FindNode(parent, path);
    EXPECT_FALSE(step->compensation.has_value()) << path;
    EXPECT_FALSE(step->pivot) << path;
    EXPECT_TRUE(step->retriable) << path;
    EXPECT_EQ(step->action_retry, DefaultRetriableRetry()) << path;
  }
  EXPECT_TRUE(FindNode(others[0], "pack")->compensation.has_value());
}

TEST(LinkTest, LeavesAMarkInAChildAfterThePivotWithNothingToDo) {
  const std::vector<Definition> others = {Tree("ship", 1, {Mark("noted"), Step("pack")})};
  Definition parent = Tree("place", 1, {Pivot("charge"), Child("delivery", "ship")});
  EXPECT_THAT(Link(parent, TableOf(others)), IsEmpty());
  EXPECT_THAT(ValidateLinked(parent), IsEmpty());
  EXPECT_FALSE(FindNode(parent, "delivery/noted")->action.has_value());
  EXPECT_FALSE(FindNode(parent, "delivery/noted")->compensation.has_value());
}

TEST(LinkTest, CountsAPivotInAChildAsTheParentsOwn) {
  const std::vector<Definition> others = {Tree("pay", 1, {Step("hold"), Pivot("charge")})};
  Definition parent = Tree("place", 1, {Step("reserve"), Child("money", "pay"), Last("ship")});
  EXPECT_THAT(Link(parent, TableOf(others)), IsEmpty());
  EXPECT_TRUE(FindNode(parent, "money/hold")->compensation.has_value());
  EXPECT_FALSE(FindNode(parent, "money/hold")->retriable);
  EXPECT_TRUE(FindNode(parent, "money/charge")->pivot);
  EXPECT_TRUE(FindNode(parent, "ship")->retriable);
}

TEST(LinkTest, NamesTheVersionsThatThereAre) {
  const std::vector<Definition> others = {Tree("ship", 1, {Step("pack")}),
                                          Tree("ship", 4, {Step("pack")})};
  Definition parent = Tree("place", 1, {Parallel("both", {Child("a", "ship", 3), Step("b")})});
  EXPECT_THAT(Link(parent, TableOf(others)),
              ElementsAre("place@1: child 'both/a' is ship@3, and of ship there is only 1, 4: "
                          "register that version, too, or name one"));
}

TEST(LinkTest, NamesTheNearestNameOfAnUnknownChild) {
  const std::vector<Definition> others = {Tree("ship_parcel", 1, {Step("pack")})};
  Definition parent = Tree("place", 1, {Child("a", "ship_parcels"), Child("b", "refund")});
  EXPECT_THAT(Link(parent, TableOf(others)),
              ElementsAre(AllOf(HasSubstr("place@1: child 'a' is ship_parcels@1"),
                                HasSubstr("did you mean 'ship_parcel'?")),
                          "place@1: child 'b' is refund@1, and no definition of that name is "
                          "registered: register it, too"));
}

TEST(LinkTest, RefusesACycleThroughChildrenAndNamesTheChain) {
  const std::vector<Definition> all = {Tree("a", 1, {Child("to_b", "b", 2)}),
                                       Tree("b", 2, {Child("to_c", "c")}),
                                       Tree("c", 1, {Child("to_a", "a")})};
  const std::string finding =
      "a@1: child 'to_b' leads back to its own definition (a@1 -> b@2 -> c@1 -> a@1): no "
      "definition can contain itself";
  for (const Definition& each : all) {
    Definition copy = each;
    EXPECT_THAT(Link(copy, TableOf(all)), ElementsAre(finding)) << each.name;
  }
  const std::vector<Definition> self = {Tree("me", 1, {Child("again", "me")})};
  Definition copy = self[0];
  EXPECT_THAT(Link(copy, TableOf(self)), ElementsAre(HasSubstr("(me@1 -> me@1)")));
}

std::vector<Definition> Tower(int children) {
  std::vector<Definition> all = {Tree("d0", 1, {Step("leaf")})};
  for (int i = 1; i <= children; ++i) {
    all.push_back(Tree(fmt::format("d{}", i), 1, {Child("next", fmt::format("d{}", i - 1))}));
  }
  return all;
}

TEST(LinkTest, RefusesChildrenNestedDeeperThanTheLimit) {
  std::vector<Definition> all = Tower(8);
  Definition deep = all.back();
  EXPECT_THAT(Link(deep, TableOf(all)), IsEmpty());
  all = Tower(9);
  Definition deeper = all.back();
  EXPECT_THAT(Link(deeper, TableOf(all)),
              ElementsAre(AllOf(HasSubstr("d9@1: child 'next' lies deeper than the limit of 8"),
                                HasSubstr("d9@1 -> d8@1 -> "), HasSubstr("-> d0@1)"))));
}

TEST(LinkTest, RefusesAStateOfAnotherTypeThanTheChildHas) {
  std::vector<Definition> others = {Tree("ship", 1, {Step("pack")})};
  others[0].state_type = "shop.v1.Parcel";
  Definition parent = Tree("place", 1, {Child("delivery", "ship")});
  EXPECT_THAT(
      Link(parent, TableOf(others)),
      ElementsAre(AllOf(HasSubstr("place@1: child 'delivery' makes a state of type skald.testdata"),
                        HasSubstr("ship@1 has a state of type shop.v1.Parcel"))));
}

TEST(LinkTest, StopsAtTheLimitOfNodesWhenFewDefinitionsMakeVeryMany) {
  std::vector<Definition> all = {Tree("d0", 1, {Step("leaf")})};
  for (int i = 1; i <= 8; ++i) {
    std::vector<Node> children;
    for (int child = 0; child < 100; ++child) {
      children.push_back(Child(fmt::format("c{}", child), fmt::format("d{}", i - 1)));
    }
    all.push_back(Tree(fmt::format("d{}", i), 1, std::move(children)));
  }
  Definition bomb = all.back();
  EXPECT_THAT(Link(bomb, TableOf(all)),
              ElementsAre(HasSubstr("d8@1: with the nodes of its children it has more than the "
                                    "limit of 200")));
}

TEST(LinkTest, SaysNothingOfAChildThatHasFindingsOfItsOwn) {
  Definition parent = Tree("place", 1, {Child("delivery", "ship")});
  EXPECT_THAT(Link(parent, {{"ship", {{1, nullptr}}}}), IsEmpty());
}

}  // namespace
}  // namespace skald
