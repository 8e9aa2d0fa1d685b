#include "sagas/validate.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "sagas/flow.h"
#include "sagas/testdata/shop_functions.h"
#include "sagas/testdata/shop_stubs.h"

namespace skald {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace testdata::shop::v1;  // NOLINT: as an author would.
using Flow = Flow<OrderState>;

// The pieces that the cases are put together from.
void Reserve(Flow& flow, const std::string& name) {
  flow.Step(name)
      .Call<&Inventory::Stub::Reserve>(StockToReserve)
      .Compensate<&Inventory::Stub::Release>(StockToRelease);
}
void Check(Flow& flow, const std::string& name) {
  flow.Step(name).Call<&RiskCheck::Stub::Check>(OrderToCheck).NothingToCompensate();
}
StepOptions<OrderState> Charge(Flow& flow, const std::string& name) {
  return flow.Step(name).Call<&Payments::Stub::Charge>(AmountToCharge).Pivot();
}
void Book(Flow& flow, const std::string& name) {
  flow.Step(name).Call<&Shipping::Stub::BookPost>(Parcel);
}
void Nothing(Flow&) {}

std::vector<std::string> Findings(Flow& flow) { return Validate(std::move(flow).Build()); }

Definition Good() {
  Flow flow("good", 1);
  Reserve(flow, "reserve");
  return std::move(flow).Build();
}

TEST(ValidateTest, FindsNothingInAGoodDefinition) { EXPECT_THAT(Validate(Good()), IsEmpty()); }

TEST(ValidateTest, RefusesADefinitionsNameThatIsNone) {
  for (const char* name : {"", "PlaceOrder", "1st", "_x", "place-order", "place order"}) {
    Flow flow(name, 1);
    Check(flow, "check");
    EXPECT_THAT(Findings(flow), ElementsAre(HasSubstr(fmt::format("name '{}' is no name", name))));
  }
}

TEST(ValidateTest, RefusesNamesOfStepsAndArmsThatAreNone) {
  Flow flow("bad", 1);
  Check(flow, "Check");
  flow.Choose("way").When("a/b", IsExpress, Nothing);
  EXPECT_THAT(Findings(flow),
              ElementsAre(AllOf(HasSubstr("bad@1: step 'Check'"), HasSubstr("[a-z][a-z0-9_]*")),
                          AllOf(HasSubstr("arm 'way/a/b'"), HasSubstr("[a-z][a-z0-9_]*"))));
}

TEST(ValidateTest, RefusesVersionsBelowOne) {
  Flow flow("old", 0);
  Check(flow, "check");
  EXPECT_THAT(Findings(flow), ElementsAre(HasSubstr("old@0: version 0 is below 1")));
}

TEST(ValidateTest, RefusesAStateTypeThatIsNotLinked) {
  Definition definition = Good();
  definition.state_type = "shop.v9.Missing";
  EXPECT_THAT(Validate(definition),
              ElementsAre(HasSubstr("state type 'shop.v9.Missing' is not linked")));
}

TEST(ValidateTest, RefusesADefinitionWithoutAnyStep) {
  Flow empty("empty", 1);
  EXPECT_THAT(Findings(empty), ElementsAre(HasSubstr("there is no step in it")));
  Flow hollow("hollow", 1);
  hollow.Choose("way").When("this", IsExpress, Nothing);
  EXPECT_THAT(Findings(hollow), ElementsAre(HasSubstr("there is no step in it")));
}

TEST(ValidateTest, RefusesMoreNodesThanTheLimit) {
  Flow flow("big", 1);
  for (int i = 0; i < 200; ++i) Check(flow, fmt::format("check_{}", i));
  Definition definition = std::move(flow).Build();
  EXPECT_THAT(Validate(definition), IsEmpty());
  definition.root.children.push_back(definition.root.children.front());
  definition.root.children.back().name = "one_too_many";
  EXPECT_THAT(Validate(definition), ElementsAre(HasSubstr("201 nodes")));
}

void Nest(Flow& flow, int levels) {
  if (levels == 0) return Check(flow, "check");
  flow.Choose("way").When("this", IsExpress, [&](Flow& then) { Nest(then, levels - 1); });
}

TEST(ValidateTest, RefusesNestingDeeperThanTheLimit) {
  Flow deep("deep", 1);
  Nest(deep, 8);
  EXPECT_THAT(Findings(deep), IsEmpty());
  Flow deeper("deeper", 1);
  Nest(deeper, 9);
  EXPECT_THAT(Findings(deeper), ElementsAre(HasSubstr("lies 9 deep, and the limit is 8")));
}

TEST(ValidateTest, RefusesOneNameForTwoNeighboursOnly) {
  Flow flow("twice", 1);
  Check(flow, "check");
  Check(flow, "check");
  Check(flow, "check");
  EXPECT_THAT(Findings(flow), ElementsAre(HasSubstr("'check' is given twice")));

  Flow apart("apart", 1);
  Check(apart, "check");
  apart.Choose("way")
      .When("this", IsExpress, [](Flow& then) { Check(then, "check"); })
      .Otherwise([](Flow& then) { Check(then, "check"); });
  EXPECT_THAT(Findings(apart), IsEmpty());
}

TEST(ValidateTest, RefusesAStepThatCallsNothing) {
  Flow flow("idle", 1);
  [[maybe_unused]] const StepStart<OrderState> start = flow.Step("rest");
  EXPECT_THAT(Findings(flow), Contains(HasSubstr("step 'rest' calls nothing")));
}

TEST(ValidateTest, RepeatsWhatTheBuilderFound) {
  Flow flow("doubled", 1);
  StepStart<OrderState> start = flow.Step("check");
  start.Call<&RiskCheck::Stub::Check>(OrderToCheck).NothingToCompensate();
  start.Call<&RiskCheck::Stub::Check>(OrderToCheck);
  flow.Step("reserve")
      .Call<&Inventory::Stub::Reserve>(StockToReserve)
      .Compensate<&Inventory::Stub::Release>(StockToRelease)
      .Compensate<&Inventory::Stub::Release>(StockToRelease);
  EXPECT_THAT(Findings(flow), ElementsAre(HasSubstr("step 'check' has two Calls"),
                                          HasSubstr("step 'reserve' has two Compensates")));
}

TEST(ValidateTest, AsksEachStepBeforeThePivotHowItIsCompensated) {
  Flow flow("forgetful", 1);
  Book(flow, "book");
  Charge(flow, "charge");
  EXPECT_THAT(Findings(flow),
              ElementsAre(AllOf(HasSubstr("step 'book'"), HasSubstr("NothingToCompensate()"))));
  Flow pivotless("pivotless", 1);
  Book(pivotless, "book");
  EXPECT_THAT(Findings(pivotless), ElementsAre(HasSubstr("step 'book' comes before the pivot")));
}

TEST(ValidateTest, RefusesACompensationTogetherWithNothingToCompensate) {
  Definition definition = Good();
  definition.root.children[0].nothing_to_compensate = true;
  EXPECT_THAT(Validate(definition), ElementsAre(HasSubstr("also NothingToCompensate")));
}

TEST(ValidateTest, RefusesCompensationAtThePivotAndAfterIt) {
  Flow flow("backward", 1);
  Charge(flow, "charge").Compensate<&Payments::Stub::Charge>(AmountToCharge);
  Reserve(flow, "reserve");
  EXPECT_THAT(Findings(flow),
              ElementsAre(HasSubstr("step 'charge' is the pivot and has a compensation"),
                          AllOf(HasSubstr("step 'reserve' comes after the pivot 'charge'"),
                                HasSubstr("remove the compensation or move the pivot"))));
}

TEST(ValidateTest, RefusesTwoPivotsOnOnePath) {
  Flow flow("twice", 1);
  Charge(flow, "charge");
  Charge(flow, "charge_again");
  EXPECT_THAT(Findings(flow), ElementsAre(HasSubstr("'charge_again' is a second pivot after "
                                                    "'charge'")));
}

TEST(ValidateTest, AllowsOnePivotInEachArm) {
  Flow flow("either", 1);
  flow.Choose("way")
      .When("this", IsExpress, [](Flow& then) { Charge(then, "charge"); })
      .Otherwise([](Flow& then) { Charge(then, "charge"); });
  Book(flow, "book");
  const Definition definition = std::move(flow).Build();
  EXPECT_THAT(Validate(definition), IsEmpty());
  EXPECT_TRUE(FindNode(definition, "book")->retriable);
}

TEST(ValidateTest, RefusesASecondPivotAfterArmsThatAllHaveOne) {
  Flow flow("thrice", 1);
  flow.Choose("way")
      .When("this", IsExpress, [](Flow& then) { Charge(then, "charge"); })
      .Otherwise([](Flow& then) { Charge(then, "charge"); });
  Charge(flow, "charge_again");
  EXPECT_THAT(Findings(flow), ElementsAre(HasSubstr("'charge_again' is a second pivot")));
}

TEST(ValidateTest, LetsNothingFollowAChooseThatHoldsAPivotOnSomeWaysOnly) {
  Flow flow("mixed", 1);
  flow.Choose("way")
      .When("this", IsExpress, [](Flow& then) { Charge(then, "charge"); })
      .Otherwise(Nothing);
  Book(flow, "book");
  Book(flow, "book_more");
  EXPECT_THAT(Findings(flow), ElementsAre(AllOf(HasSubstr("step 'book' comes after choose 'way'"),
                                                HasSubstr("give each arm a pivot"))));
}

TEST(ValidateTest, CountsAMissingOtherwiseAsAWayWithoutPivot) {
  Flow flow("mixed", 1);
  flow.Choose("way").When("this", IsExpress, [](Flow& then) { Charge(then, "charge"); });
  Book(flow, "book");
  EXPECT_THAT(Findings(flow), ElementsAre(HasSubstr("an Otherwise, too")));
}

TEST(ValidateTest, JudgesANestedMixedChooseByWhatFollowsTheOuterOne) {
  Flow flow("nested", 1);
  flow.Choose("outer")
      .When("this", IsExpress,
            [](Flow& then) {
              then.Choose("inner").When("that", IsExpress,
                                        [](Flow& more) { Charge(more, "charge"); });
            })
      .Otherwise([](Flow& then) { Charge(then, "charge"); });
  Book(flow, "book");
  EXPECT_THAT(Findings(flow), ElementsAre(HasSubstr("step 'book' comes after choose 'outer'")));
}

TEST(ValidateTest, AllowsAMixedChooseAtTheEnd) {
  Flow flow("last", 1);
  Reserve(flow, "reserve");
  flow.Choose("way").When("paid", IsExpress, [](Flow& then) { Charge(then, "charge"); });
  EXPECT_THAT(Findings(flow), IsEmpty());
}

TEST(ValidateTest, RefusesAChooseWithoutArms) {
  Flow flow("armless", 1);
  Check(flow, "check");
  [[maybe_unused]] const Arms<OrderState> arms = flow.Choose("way");
  EXPECT_THAT(Findings(flow), ElementsAre(HasSubstr("choose 'way' has no arm")));
}

TEST(ValidateTest, RefusesArmsAfterTheOtherwiseAndASecondOne) {
  Flow flow("late", 1);
  Check(flow, "check");
  Arms<OrderState> arms = flow.Choose("way");
  arms.When("this", IsExpress, Nothing);
  arms.Otherwise(Nothing);
  arms.When("that", IsExpress, Nothing);
  EXPECT_THAT(Findings(flow), ElementsAre(HasSubstr("write Otherwise last")));

  Flow twice("twice", 1);
  Check(twice, "check");
  Arms<OrderState> others = twice.Choose("way");
  others.Otherwise(Nothing);
  others.Otherwise(Nothing);
  EXPECT_THAT(Findings(twice), ElementsAre(HasSubstr("'way/otherwise' is given twice"),
                                           HasSubstr("has 2 arms without a guard")));
}

TEST(ValidateTest, RefusesAParticipantsNameThatIsNone) {
  Flow flow("elsewhere", 1);
  flow.Step("check")
      .Call<&RiskCheck::Stub::Check>(OrderToCheck)
      .Participant("Risk Check")
      .NothingToCompensate();
  EXPECT_THAT(Findings(flow), ElementsAre(HasSubstr("participant 'Risk Check', which is no name")));
}

TEST(ValidateTest, RefusesTimeoutsThatAreNone) {
  for (const absl::Duration timeout : {absl::ZeroDuration(), absl::Seconds(-1)}) {
    Definition definition = Good();
    definition.root.children[0].timeout = timeout;
    EXPECT_THAT(Validate(definition), ElementsAre(HasSubstr("give one above zero")));
  }
}

TEST(ValidateTest, RefusesRetryPoliciesThatMakeNoSense) {
  const struct {
    RetryPolicy policy;
    const char* finding;
  } kCases[] = {
      {{.attempts = -1}, "attempts are below 0"},
      {{.first = absl::Milliseconds(-1)}, "the first delay is below 0"},
      {{.multiplier = 0.5}, "the multiplier"},
      {{.multiplier = std::numeric_limits<double>::quiet_NaN()}, "the multiplier"},
      {{.multiplier = std::numeric_limits<double>::infinity()}, "the multiplier"},
      {{.first = absl::Seconds(2), .most = absl::Seconds(1)}, "shorter than the first one"},
      {{.budget = absl::ZeroDuration()}, "the budget is not above 0"},
      {{.budget = absl::Seconds(-1)}, "the budget is not above 0"},
  };
  for (const auto& [policy, finding] : kCases) {
    Definition definition = Good();
    definition.root.children[0].action_retry = policy;
    EXPECT_THAT(Validate(definition), ElementsAre(AllOf(HasSubstr("step 'reserve', retry policy: "),
                                                        HasSubstr(finding))));
    definition = Good();
    definition.root.children[0].compensation_retry = policy;
    EXPECT_THAT(Validate(definition),
                ElementsAre(AllOf(HasSubstr("policy of the compensation: "), HasSubstr(finding))));
  }
}

TEST(ValidateTest, FindsNothingInTheDefaultPolicies) {
  for (const RetryPolicy& policy :
       {DefaultActionRetry(), DefaultRetriableRetry(), DefaultCompensationRetry()}) {
    Definition definition = Good();
    definition.root.children[0].action_retry = policy;
    EXPECT_THAT(Validate(definition), IsEmpty());
  }
}

TEST(ValidateTest, TellsAllFindingsAtOnce) {
  Flow flow("Bad", 0);
  Book(flow, "Book");
  EXPECT_EQ(Findings(flow).size(), 4u);
}

}  // namespace
}  // namespace skald
