#include "engine/server/examples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace skald::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A definition that calls these participants.
Definition Calls(const std::string& name, const std::vector<std::string>& participants) {
  Definition definition{.name = name, .version = 1};
  for (const std::string& participant : participants) {
    Node step{.kind = Node::Kind::kStep, .name = participant};
    step.action = Call{.participant = participant};
    definition.root.children.push_back(step);
  }
  return definition;
}

Definition WithChild(Definition definition, const std::string& child) {
  Node node{.kind = Node::Kind::kChild, .name = "child"};
  node.child = ChildPart{.definition = child, .version = 1};
  definition.root.children.push_back(node);
  return definition;
}

std::vector<std::string> Names(const ExampleChoice& choice) {
  std::vector<std::string> names;
  for (const Definition& definition : choice.offered) names.push_back(definition.name);
  return names;
}

TEST(ExamplesTest, OffersThoseWhoseParticipantsHaveAddresses) {
  Config config;
  config.participants["stock"];
  const ExampleChoice choice =
      ChooseExamples({Calls("order", {"stock"}), Calls("trip", {"stock", "hotels"})}, config);
  EXPECT_THAT(Names(choice), ElementsAre("order"));
  EXPECT_THAT(choice.left_out, ElementsAre("the example trip@1 is not offered: the participant "
                                           "'hotels' has no address"));
}

TEST(ExamplesTest, LeavesOutParentsOfWhatIsLeftOut) {
  Config config;
  config.participants["stock"];
  const ExampleChoice choice =
      ChooseExamples({WithChild(Calls("outer", {}), "order"),
                      WithChild(Calls("order", {"stock"}), "ship"), Calls("ship", {"carrier"})},
                     config);
  EXPECT_THAT(Names(choice), IsEmpty());
  EXPECT_THAT(choice.left_out,
              ElementsAre("the example ship@1 is not offered: the participant 'carrier' has no "
                          "address",
                          "the example order@1 is not offered: its child ship@1 is left out",
                          "the example outer@1 is not offered: its child order@1 is left out"));
}

}  // namespace
}  // namespace skald::server
