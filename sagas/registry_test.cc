#include "sagas/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "base/status.h"
#include "sagas/flow.h"
#include "sagas/testdata/shop_functions.h"
#include "sagas/testdata/shop_stubs.h"

namespace skald {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace testdata::shop::v1;  // NOLINT: as an author would.

Definition Checked(const std::string& name, int version, const std::string& step = "check_risk") {
  Flow<OrderState> flow(name, version);
  flow.Step(step).Call<&RiskCheck::Stub::Check>(OrderToCheck).NothingToCompensate();
  return std::move(flow).Build();
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

}  // namespace
}  // namespace skald
