#include "sagas/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "sagas/fingerprint.h"
#include "sagas/testdata/nodes.h"

namespace skald {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace testdata;  // NOLINT: as an author would.

Definition Checked(const std::string& name, int version, const std::string& step = "check_risk") {
  return Tree(name, version, {Step(step)});
}

TEST(RegistryTest, FindsEachVersionAndTheNewestByZero) {
  Registry registry;
  ASSERT_TRUE(registry.Add(Checked("check", 2)).ok());
  ASSERT_TRUE(registry.Add(Checked("check", 10)).ok());
  ASSERT_TRUE(registry.Add(Checked("audit", 1)).ok());
  EXPECT_EQ(registry.Find("check", 2)->version, 2);
  EXPECT_EQ(registry.Find("check", 0)->version, 10);
  EXPECT_EQ(registry.Find("check", 3), nullptr);
  EXPECT_EQ(registry.Find("other", 0), nullptr);
  EXPECT_THAT(registry.Versions("check"), ElementsAre(2, 10));
  EXPECT_THAT(registry.Versions("other"), IsEmpty());
}

TEST(RegistryTest, ListsAllByNameThenVersion) {
  Registry registry;
  EXPECT_THAT(registry.All(), IsEmpty());
  ASSERT_TRUE(registry.Add(Checked("check", 10)).ok());
  ASSERT_TRUE(registry.Add(Checked("check", 2)).ok());
  ASSERT_TRUE(registry.Add(Checked("audit", 1)).ok());
  std::vector<std::string> labels;
  for (const Definition* definition : registry.All()) labels.push_back(Label(*definition));
  EXPECT_THAT(labels, ElementsAre("audit@1", "check@2", "check@10"));
}

TEST(RegistryTest, KeepsPointersGoodWhenMoreIsAdded) {
  Registry registry;
  ASSERT_TRUE(registry.Add(Checked("check", 1)).ok());
  const Definition* const first = registry.Find("check", 1);
  for (int version = 2; version < 50; ++version) {
    ASSERT_TRUE(registry.Add(Checked("check", version)).ok());
  }
  EXPECT_EQ(registry.Find("check", 1), first);
}

TEST(RegistryTest, RefusesABadDefinitionWithEveryFinding) {
  Registry registry;
  const absl::Status status = registry.Add(Checked("Bad Name", 0));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(Message(status)), HasSubstr("'Bad Name' is no name"));
  EXPECT_THAT(std::string(Message(status)), HasSubstr("version 0 is below 1"));
  EXPECT_THAT(registry.All(), IsEmpty());
  EXPECT_THAT(registry.Versions("Bad Name"), IsEmpty());
}

TEST(RegistryTest, SaysOfARepeatedVersionWhetherItChanged) {
  Registry registry;
  ASSERT_TRUE(registry.Add(Checked("check", 1)).ok());
  const absl::Status same = registry.Add(Checked("check", 1));
  EXPECT_EQ(same.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(Message(same)), HasSubstr("the same fingerprint"));
  const absl::Status changed = registry.Add(Checked("check", 1, "look_again"));
  EXPECT_EQ(changed.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(Message(changed)),
              HasSubstr("give the changed definition a new version"));
  EXPECT_EQ(registry.Find("check", 1)->root.children[0].name, "check_risk");
}

TEST(RegistryTest, TrustsNoFingerprintThatItDidNotComputeItself) {
  Definition definition = Checked("check", 1);
  const std::string fingerprint = definition.fingerprint;
  definition.fingerprint = "forged";
  Registry registry;
  ASSERT_TRUE(registry.Add(std::move(definition)).ok());
  EXPECT_EQ(registry.Find("check", 1)->fingerprint, fingerprint);
}

TEST(RegistryTest, TakesAParentBeforeOrAfterItsChildren) {
  const Definition parent = Tree("top", 1, {Child("delivery", "ship", 2)});
  const Definition child = Tree("ship", 2, {Child("parcel", "pack")});
  const Definition grandchild = Tree("pack", 1, {Step("wrap")});
  std::vector<Definition> definitions = {parent, child, grandchild};
  for (int i = 0; i < 6; ++i) {
    std::next_permutation(definitions.begin(), definitions.end(),
                          [](const Definition& a, const Definition& b) { return a.name < b.name; });
    Registry registry;
    ASSERT_TRUE(registry.Add(definitions).ok());
    const Definition* linked = registry.Find("top", 1);
    EXPECT_NE(FindNode(*linked, "delivery/parcel/wrap"), nullptr);
    EXPECT_EQ(linked->fingerprint, Fingerprint(*linked));
  }
}

TEST(RegistryTest, LinksChildrenThatWereRegisteredEarlier) {
  Registry registry;
  ASSERT_TRUE(registry.Add(Tree("pack", 1, {Step("wrap")})).ok());
  ASSERT_TRUE(registry.Add(Tree("ship", 1, {Child("parcel", "pack")})).ok());
  ASSERT_TRUE(registry.Add(Tree("top", 1, {Child("delivery", "ship")})).ok());
  EXPECT_NE(FindNode(*registry.Find("top", 1), "delivery/parcel/wrap"), nullptr);
}

TEST(RegistryTest, SeesAChangeOfAChildThatKeptItsVersion) {
  Registry before;
  Registry after;
  const Definition parent = Tree("top", 1, {Child("delivery", "ship")});
  ASSERT_TRUE(before.Add({parent, Tree("ship", 1, {Step("pack")})}).ok());
  ASSERT_TRUE(after.Add({parent, Tree("ship", 1, {Step("send")})}).ok());
  EXPECT_NE(before.Find("top", 1)->fingerprint, after.Find("top", 1)->fingerprint);
}

TEST(RegistryTest, AddsAllOrNothingAndTellsEveryFinding) {
  Registry registry;
  const absl::Status status =
      registry.Add({Checked("good", 1), Checked("Bad", 1), Tree("top", 1, {Child("a", "good", 7)}),
                    Tree("also", 0, {Step("x")})});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(Message(status)),
              testing::AllOf(HasSubstr("'Bad' is no name"), HasSubstr("also@0: version 0"),
                             HasSubstr("top@1: child 'a' is good@7, and of good there is only 1")));
  EXPECT_THAT(registry.All(), IsEmpty());
}

TEST(RegistryTest, TellsOfACycleOnce) {
  Registry registry;
  const absl::Status status =
      registry.Add({Tree("b", 2, {Child("back", "a")}), Tree("a", 1, {Child("on", "b", 2)})});
  EXPECT_EQ(Message(status),
            "a@1: child 'on' leads back to its own definition (a@1 -> b@2 -> a@1): no definition "
            "can contain itself");
}

TEST(RegistryTest, BlamesABadChildAndNotItsParent) {
  Registry registry;
  const absl::Status status =
      registry.Add({Tree("top", 1, {Child("a", "bad")}), Tree("bad", 1, {Last("forgetful")})});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(Message(status)), testing::StartsWith("bad@1: step 'forgetful'"));
  EXPECT_THAT(std::string(Message(status)), testing::Not(HasSubstr("top@1")));
}

TEST(RegistryTest, RefusesWhatOnlyTheWholeTreeShows) {
  Registry registry;
  const absl::Status status = registry.Add({Tree("top", 1, {Child("pay", "pay"), Pivot("again")}),
                                            Tree("pay", 1, {Step("hold"), Pivot("charge")})});
  EXPECT_EQ(Message(status),
            "top@1: step 'again' is a second pivot after 'pay/charge' on one path: a path has one "
            "point of no return");
}

TEST(RegistryTest, JudgesWhatFollowsAChildByWhetherTheChildHoldsThePivot) {
  Registry registry;
  EXPECT_EQ(registry.Add({Tree("top", 1, {Child("pay", "pay"), Last("tell")}),
                          Tree("pay", 1, {Step("hold"), Pivot("charge")})}),
            absl::OkStatus());
  EXPECT_TRUE(FindNode(*registry.Find("top", 1), "tell")->retriable);
  const absl::Status status = registry.Add(
      {Tree("top", 2, {Child("pay", "pay", 2), Last("tell")}), Tree("pay", 2, {Step("hold")})});
  EXPECT_THAT(
      std::string(Message(status)),
      testing::StartsWith("top@2: step 'tell' comes before the pivot and does not say how"));
}

TEST(RegistryTest, SeesThePivotOfAChildInOneArmWhereTheOtherHasItsOwn) {
  const auto with = [](int version, Definition pay) {
    const std::vector<Node> arms = {When("card", {Child("pay", "pay", version)}),
                                    Sequence("otherwise", {Pivot("bill")})};
    Registry registry;
    return registry.Add({Tree("top", version, {Choose("way", arms), Last("tell")}), pay});
  };
  EXPECT_EQ(with(1, Tree("pay", 1, {Step("hold"), Pivot("charge")})), absl::OkStatus());
  EXPECT_THAT(std::string(Message(with(2, Tree("pay", 2, {Step("hold")})))),
              testing::StartsWith("top@2: step 'tell' comes after choose 'way'"));
}

TEST(RegistryTest, RefusesATurnBackOfAChildAfterThePivotAndWhatFollowsAChildThatAlwaysTurnsBack) {
  const Definition child = Tree("ask", 1, {Step("look"), TurnBack("declined")});
  const auto with = [&](std::vector<Node> nodes) {
    Registry registry;
    return std::string(Message(registry.Add({Tree("top", 1, std::move(nodes)), child})));
  };
  EXPECT_EQ(
      with({Step("open"), Choose("way", {When("risky", {Child("ask", "ask")})}), Step("pay")}), "");
  EXPECT_THAT(with({Pivot("pay"), Child("ask", "ask")}),
              testing::StartsWith("top@1: turn-back 'ask/declined' comes after the pivot 'pay'"));
  EXPECT_THAT(with({Child("ask", "ask"), Step("pay")}),
              testing::StartsWith("top@1: step 'pay' comes after turn-back 'ask/declined'"));
}

TEST(RegistryTest, RefusesOneVersionTwiceAmongThoseThatComeTogether) {
  Registry registry;
  const absl::Status status = registry.Add({Checked("a", 1), Checked("a", 1), Checked("b", 1)});
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(Message(status)), HasSubstr("a@1 is registered already"));
  EXPECT_THAT(registry.All(), IsEmpty());
}

}  // namespace
}  // namespace skald
