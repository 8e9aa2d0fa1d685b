#include "engine/server/replay_sagas.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/status.h"
#include "engine/runtime/engine_harness.h"

namespace skald::server {
namespace {

using runtime::Steps;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

// A store with sagas of trip@1 = a, b, c and of parcel@1 = pack, which were carried out.
class ReplaySagasTest : public testing::Test {
 protected:
  ReplaySagasTest() {
    past_.Register(Steps("parcel", 1, {"pack"}));
    const auto engine = past_.OpenEngine();
    for (const auto& [definition, id] :
         {std::pair("trip", "t1"), std::pair("trip", "t2"), std::pair("parcel", "p1")}) {
      EXPECT_TRUE(past_.Start(*engine, past_.RequestFor(definition, id)).get().ok());
      EXPECT_TRUE(past_.Reaches(id, v1::Saga::COMPLETED));
    }
    engine->Stop();
  }

  // Through a program that holds these definitions.
  absl::StatusOr<ReplayCounts> Replay(std::vector<Definition> definitions,
                                      const CommandLine::Replay& request) {
    Registry registry;
    EXPECT_TRUE(registry.Add(std::move(definitions)).ok());
    lines_.clear();
    SKALD_ASSIGN_OR_RETURN(const ReplayPlan plan, PlanReplay(request, registry, past_.clock.Now()));
    return ReplaySagas(plan, registry, past_.store,
                       [this](std::string_view line) { lines_.emplace_back(line); });
  }

  static std::vector<Definition> Unchanged() {
    return {Steps("trip", 1, {"a", "b", "c"}), Steps("parcel", 1, {"pack"})};
  }

  runtime::EngineHarness past_;
  std::vector<std::string> lines_;
};

TEST_F(ReplaySagasTest, ByDefaultEachSagaIsRunThroughWhatItWasStartedWith) {
  const auto counts = Replay(Unchanged(), {});
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->same, 3);
  EXPECT_THAT(lines_, IsEmpty());
  EXPECT_EQ(Summary(*counts), "3 of 3 sagas go the same way, 0 another, 0 as far as can be told\n");
}

TEST_F(ReplaySagasTest, EachSagaThatWouldGoAnotherWayIsALine) {
  std::vector<Definition> definitions = Unchanged();
  definitions.push_back(Steps("trip", 2, {"a", "c", "b"}));
  const auto counts = Replay(std::move(definitions), {.definition = "trip@1", .against = "trip@2"});
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->differ, 2);
  EXPECT_THAT(lines_, testing::UnorderedElementsAre(
                          "t1 entry 4: the history says 'b/action 1 sent', trip@2 "
                          "would do 'c/action 1 sent'",
                          "t2 entry 4: the history says 'b/action 1 sent', trip@2 "
                          "would do 'c/action 1 sent'"));
}

TEST_F(ReplaySagasTest, AgainstAloneTakesTheSagasOfThatName) {
  const auto counts = Replay({Steps("parcel", 2, {"pack", "ship"})}, {.against = "parcel"});
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->same + counts->differ, 1);
  EXPECT_THAT(lines_, ElementsAre(HasSubstr("p1 entry ")));
}

TEST_F(ReplaySagasTest, SagasOfAVersionWhoseCodeIsGoneCanBeRunThroughAnother) {
  const auto counts =
      Replay({Steps("trip", 2, {"a", "b", "c"})}, {.definition = "trip@1", .against = "trip@2"});
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->same, 2);
}

TEST_F(ReplaySagasTest, SagasWhoseDefinitionIsLackingAreCountedByIt) {
  const auto counts = Replay({Steps("parcel", 1, {"pack"})}, {});
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->same, 1);
  EXPECT_THAT(counts->lacking, ElementsAre(Pair("trip@1", 2)));
  EXPECT_THAT(Summary(*counts), HasSubstr("2 sagas of trip@1 were left out"));
}

TEST_F(ReplaySagasTest, FilterAndDefinitionBothCount) {
  const auto counts = Replay(Unchanged(), {.definition = "trip", .filter = "id = t2 OR id = p1"});
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->same, 1);
}

TEST_F(ReplaySagasTest, BeyondTheLimitItSaysThatThereIsMore) {
  const auto counts = Replay(Unchanged(), {.limit = "2"});
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->same, 2);
  EXPECT_TRUE(counts->more);
  EXPECT_THAT(Summary(*counts), HasSubstr("there are older sagas"));
  EXPECT_FALSE(Replay(Unchanged(), {.limit = "3"})->more);
}

TEST_F(ReplaySagasTest, WhatIsNoPlanIsRefused) {
  const auto why = [&](const CommandLine::Replay& request) {
    return std::string(Message(Replay(Unchanged(), request).status()));
  };
  EXPECT_EQ(why({.definition = "trip@x"}),
            "'trip@x' is no definition: expected name or name@version");
  EXPECT_EQ(why({.against = "@1"}), "'@1' is no definition: expected name or name@version");
  EXPECT_THAT(why({.definition = "trip@7"}), HasSubstr("7"));
  EXPECT_THAT(why({.against = "tripp"}), HasSubstr("trip"));
  EXPECT_THAT(why({.filter = "status = RUNING"}), HasSubstr("did you mean RUNNING?"));
  EXPECT_THAT(why({.limit = "0"}), HasSubstr("--limit: '0' is no number of sagas"));
}

}  // namespace
}  // namespace skald::server
