// The rules for the kinds of node that a Flow could hardly be made to break.
#include <fmt/format.h>
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
using testing::SizeIs;
using namespace testdata;  // NOLINT: as an author would.

std::vector<std::string> Findings(std::vector<Node> children) {
  return Validate(Tree("kinds", 1, std::move(children)));
}

// After `change`, of a node that is good.
template <typename Change>
std::vector<std::string> Changed(Node node, const Change& change) {
  change(node);
  return Findings({Step("before"), std::move(node)});
}

Definition Good() { return Tree("good", 1, {Step("reserve")}); }

TEST(ValidateKindsTest, FindsNothingInATreeOfAllKinds) {
  EXPECT_THAT(Findings({Mark("file"), Parallel("both", {Step("a"), Sequence("b", {Sleep("nap")})}),
                        ForEach("all", {Repeat("again", {Step("ask")})}),
                        Await("word", kCompensate), Child("money", "pay"),
                        Choose("risk", {When("high", {TurnBack("declined")})}), Pivot("charge"),
                        Parallel("then", {Last("c"), Last("d")}), Await("news", kContinue)}),
              IsEmpty());
}

TEST(ValidateKindsTest, RefusesAPivotInsideOfAParallelAForEachOrARepeat) {
  EXPECT_THAT(Findings({Parallel("both", {Pivot("charge"), Step("b")})}),
              ElementsAre(HasSubstr("kinds@1: step 'both/charge' is a pivot inside of parallel "
                                    "'both'")));
  EXPECT_THAT(Findings({ForEach("all", {Pivot("charge")})}),
              ElementsAre(HasSubstr("is a pivot inside of for-each 'all'")));
  EXPECT_THAT(Findings({Repeat("again", {Choose("way", {When("this", {Pivot("charge")})})})}),
              ElementsAre(AllOf(HasSubstr("step 'again/way/this/charge' is a pivot inside of"),
                                HasSubstr("repeat 'again'"), HasSubstr("move the pivot out"))));
}

TEST(ValidateKindsTest, RefusesAPivotOfAChildInsideOfAParallel) {
  Node child = Child("money", "pay");
  child.children = {Step("hold"), Pivot("charge")};
  const Definition linked = Tree("place", 1, {Parallel("both", {child, Step("b")})});
  EXPECT_THAT(ValidateLinked(linked),
              ElementsAre(HasSubstr("step 'both/money/charge' is a pivot inside of parallel")));
}

TEST(ValidateKindsTest, RefusesAParallelOfFewerThanTwoBranches) {
  EXPECT_THAT(Findings({Step("a"), Parallel("none", {}), Parallel("one", {Step("b")})}),
              ElementsAre(HasSubstr("parallel 'none' has no branch"),
                          HasSubstr("parallel 'one' has one branch only")));
}

TEST(ValidateKindsTest, RefusesAForEachWithoutBodyOrField) {
  EXPECT_THAT(Changed(ForEach("all", {Step("a")}), [](Node& node) { node.children.clear(); }),
              ElementsAre(HasSubstr("for-each 'all' has no body")));
  const auto no_field = ElementsAre(HasSubstr("for-each 'all' does not say over which elements"));
  EXPECT_THAT(Changed(ForEach("all", {Step("a")}), [](Node& node) { node.for_each.reset(); }),
              no_field);
  EXPECT_THAT(Changed(ForEach("all", {Step("a")}), [](Node& node) { node.for_each->count = {}; }),
              no_field);
  EXPECT_THAT(Changed(ForEach("all", {Step("a")}), [](Node& node) { node.for_each->field = ""; }),
              no_field);
}

TEST(ValidateKindsTest, RefusesAConcurrencyOutOfItsBounds) {
  for (const int concurrency : {-1, 0, 1001}) {
    EXPECT_THAT(Changed(ForEach("all", {Step("a")}),
                        [&](Node& node) { node.for_each->concurrency = concurrency; }),
                ElementsAre(HasSubstr(fmt::format("has a concurrency of {}: give one from 1 to "
                                                  "1000",
                                                  concurrency))));
  }
  EXPECT_THAT(
      Changed(ForEach("all", {Step("a")}), [](Node& node) { node.for_each->concurrency = 1000; }),
      IsEmpty());
}

TEST(ValidateKindsTest, RefusesAForEachOverWhatIsNoRepeatedFieldOfTheState) {
  const auto over = [](const std::string& field, const std::string& type) {
    return Changed(ForEach("all", {Step("a")}), [&](Node& node) {
      node.for_each->field = field;
      node.for_each->element_type = type;
    });
  };
  const std::string parcel = "skald.testdata.delivery.v1.Parcel";
  EXPECT_THAT(over("boxes", parcel), ElementsAre(HasSubstr("delivery.v1.State has no such field")));
  EXPECT_THAT(over("last", parcel), ElementsAre(HasSubstr("goes over 'last', which is a single "
                                                          "value")));
  EXPECT_THAT(over("weights", parcel), ElementsAre(HasSubstr("'weights', which is a map")));
  EXPECT_THAT(over("notes", parcel), ElementsAre(HasSubstr("'notes' of "
                                                           "skald.testdata.delivery.v1.State "
                                                           "holds string")));
  EXPECT_THAT(over("parcels", "string"), ElementsAre(HasSubstr("holds " + parcel)));
  EXPECT_THAT(over("notes", "string"), IsEmpty());
}

TEST(ValidateKindsTest, LooksForTheFieldOfAnInnerForEachInTheElement) {
  const auto nested = [](const std::string& field, const std::string& type) {
    Node inner = ForEach("each", {Step("a")});
    inner.for_each->field = field;
    inner.for_each->element_type = type;
    return Findings({ForEach("all", {inner})});
  };
  EXPECT_THAT(nested("items", "skald.testdata.delivery.v1.Item"), IsEmpty());
  EXPECT_THAT(nested("sizes", "skald.testdata.delivery.v1.Size"), IsEmpty());
  EXPECT_THAT(nested("notes", "string"),
              ElementsAre(HasSubstr("skald.testdata.delivery.v1.Parcel has no such field")));
}

TEST(ValidateKindsTest, RefusesARepeatWithoutBodyBoundOrEnd) {
  const auto changed = [](const auto& change) {
    return Changed(Repeat("again", {Step("a")}), change);
  };
  EXPECT_THAT(changed([](Node& node) { node.children.clear(); }),
              ElementsAre(HasSubstr("repeat 'again' has no body")));
  EXPECT_THAT(changed([](Node& node) { node.repeat.reset(); }),
              ElementsAre(HasSubstr("repeat 'again' does not say until when")));
  EXPECT_THAT(changed([](Node& node) { node.repeat->until = {}; }),
              ElementsAre(HasSubstr("repeat 'again' does not say until when")));
  for (const int most : {-1, 0, 1001}) {
    EXPECT_THAT(changed([&](Node& node) { node.repeat->most = most; }),
                ElementsAre(HasSubstr("give a bound from 1 to 1000")));
  }
}

TEST(ValidateKindsTest, TakesTheBoundOfRoundsFromItsLimits) {
  EXPECT_THAT(Validate(Tree("kinds", 1, {Repeat("again", {Step("a")})}), {.rounds = 9}),
              ElementsAre(HasSubstr("at most 10 rounds: give a bound from 1 to 9")));
}

TEST(ValidateKindsTest, RefusesAnAwaitOfWhatIsNotLinkedOrForNoTime) {
  const auto changed = [](const auto& change) { return Changed(Await("word"), change); };
  EXPECT_THAT(changed([](Node& node) { node.await.reset(); }),
              ElementsAre(HasSubstr("await 'word' does not say what it waits for")));
  EXPECT_THAT(changed([](Node& node) { node.await->message_type = "shop.v9.Gone"; }),
              ElementsAre(HasSubstr("await 'word' waits for 'shop.v9.Gone', which is not linked")));
  for (const absl::Duration within : {absl::ZeroDuration(), absl::Seconds(-1)}) {
    EXPECT_THAT(changed([&](Node& node) { node.await->within = within; }),
                ElementsAre(HasSubstr("give a time above zero, or let it wait for ever")));
  }
}

TEST(ValidateKindsTest, RefusesToTurnBackAfterThePivot) {
  Node again = Repeat("again", {Last("a")});
  again.repeat->otherwise = kCompensate;
  EXPECT_THAT(
      Findings({Pivot("charge"), Await("word", kCompensate), again}),
      ElementsAre(AllOf(HasSubstr("await 'word' comes after the pivot 'charge' and would turn the "
                                  "saga back when nothing comes"),
                        HasSubstr("say kContinue or kDeadLetter")),
                  HasSubstr("repeat 'again' comes after the pivot 'charge'")));
  Node forever = Await("word", kCompensate);
  forever.await->within = absl::InfiniteDuration();
  EXPECT_THAT(Findings({Pivot("charge"), forever}), IsEmpty());
  Node until = forever;
  until.await->until = [](const Scope&, absl::Time now) { return now; };
  EXPECT_THAT(Findings({Pivot("charge"), until}),
              ElementsAre(HasSubstr("await 'word' comes after the pivot 'charge'")));
}

TEST(ValidateKindsTest, RefusesToTurnBackInAChildThatCameAfterThePivot) {
  Node child = Child("delivery", "ship");
  child.children = {Await("word", kCompensate)};
  EXPECT_THAT(ValidateLinked(Tree("place", 1, {Pivot("charge"), child})),
              ElementsAre(HasSubstr("await 'delivery/word' comes after the pivot 'charge'")));
}

TEST(ValidateKindsTest, TakesATurnBackWhereverTheSagaMayStillTurnBack) {
  EXPECT_THAT(Findings({Step("a"),
                        Parallel("both", {Step("b"), Choose("x", {When("no", {TurnBack("t")})})}),
                        ForEach("all", {TurnBack("bad_line")}), Step("c"),
                        Repeat("again", {Choose("x", {When("no", {TurnBack("t")})}), Step("d")}),
                        Pivot("charge")}),
              IsEmpty());
}

TEST(ValidateKindsTest, RefusesATurnBackAfterThePivot) {
  EXPECT_THAT(Findings({Pivot("charge"), Choose("x", {When("no", {TurnBack("declined")})})}),
              ElementsAre(AllOf(HasSubstr("turn-back 'x/no/declined' comes after the pivot "
                                          "'charge'"),
                                HasSubstr("decide before it"))));
  Node child = Child("delivery", "ship");
  child.children = {TurnBack("declined")};
  EXPECT_THAT(ValidateLinked(Tree("place", 1, {Pivot("charge"), child})),
              ElementsAre(HasSubstr("turn-back 'delivery/declined' comes after the pivot")));
}

TEST(ValidateKindsTest, RefusesWhatNoSagaGetsToOnceForEachTurnBack) {
  EXPECT_THAT(Findings({Step("a"), TurnBack("declined"), Step("b"), Sleep("c")}),
              ElementsAre("kinds@1: step 'b' comes after turn-back 'declined', and no saga gets "
                          "there: remove it, or put the turn-back into an arm of a choose"));
  EXPECT_THAT(
      Findings({Step("a"),
                Choose("x", {When("no", {TurnBack("t")}), Sequence("otherwise", {TurnBack("u")})}),
                Step("b")}),
      ElementsAre(HasSubstr("step 'b' comes after turn-back 'x/otherwise/u'")));
  EXPECT_THAT(Findings({Parallel("both", {TurnBack("t"), Step("a")}), Step("b")}),
              ElementsAre(HasSubstr("step 'b' comes after turn-back 'both/t'")));
}

TEST(ValidateKindsTest, CountsNoArmThatTurnsBackAsAWayWithoutThePivot) {
  EXPECT_THAT(Findings({Choose("x", {When("yes", {Pivot("charge")}),
                                     Sequence("otherwise", {TurnBack("declined")})}),
                        Last("ship")}),
              IsEmpty());
}

TEST(ValidateKindsTest, RefusesATurnBackWithoutAReason) {
  EXPECT_THAT(Changed(TurnBack("declined"), [](Node& node) { node.turn_back->reason.clear(); }),
              ElementsAre(HasSubstr("turn-back 'declined' does not say why: give the reason")));
}

TEST(ValidateKindsTest, RefusesTwoMessageTypesUnderOneName) {
  Node other = Await("word");
  other.await->message_type = "skald.testdata.delivery.v1.Refusal";
  EXPECT_THAT(Findings({Step("a"), Await("word"), Repeat("again", {Step("b"), other})}),
              ElementsAre(AllOf(HasSubstr("await 'again/word' takes skald.testdata.delivery.v1."
                                          "Refusal, and await 'word' takes skald.testdata."
                                          "delivery.v1.Approval"),
                                HasSubstr("rename one of them"))));
  Node child = Child("money", "pay");
  child.children = {other};
  EXPECT_THAT(ValidateLinked(Tree("place", 1, {Await("word"), child})), SizeIs(1));
  EXPECT_THAT(Findings({Step("a"), Await("word"), Repeat("again", {Step("b"), Await("word")})}),
              IsEmpty());
}

TEST(ValidateKindsTest, RefusesASleepWithoutEnd) {
  EXPECT_THAT(Changed(Sleep("nap"), [](Node& node) { node.sleep->until = {}; }),
              ElementsAre(HasSubstr("sleep 'nap' does not say until when")));
  EXPECT_THAT(Changed(Sleep("nap"), [](Node& node) { node.sleep.reset(); }), SizeIs(1));
}

TEST(ValidateKindsTest, RefusesAnEmptySequenceThatIsNoArm) {
  EXPECT_THAT(Findings({Step("a"), Parallel("both", {Step("b"), Sequence("c", {})})}),
              ElementsAre(HasSubstr("sequence 'both/c' is empty")));
  EXPECT_THAT(Findings({Step("a"), Choose("way", {When("x", {Step("b")}), Sequence("rest", {})})}),
              IsEmpty());
}

TEST(ValidateKindsTest, RefusesAChildThatCanBeNoDefinition) {
  const auto changed = [](const auto& change) { return Changed(Child("money", "pay"), change); };
  EXPECT_THAT(changed([](Node& node) { node.child.reset(); }),
              ElementsAre(HasSubstr("child 'money' does not say how the state")));
  EXPECT_THAT(changed([](Node& node) { node.child->make_state = {}; }), SizeIs(1));
  EXPECT_THAT(changed([](Node& node) { node.child->definition = "Pay"; }),
              ElementsAre(HasSubstr("child 'money' is 'Pay@1', which can be no definition")));
  EXPECT_THAT(changed([](Node& node) { node.child->version = 0; }),
              ElementsAre(HasSubstr("versions count from 1")));
}

TEST(ValidateKindsTest, RefusesAStepThatCallsNothingInEitherDirection) {
  EXPECT_THAT(Changed(Mark("file"), [](Node& node) { node.compensation.reset(); }),
              ElementsAre(HasSubstr("step 'file' calls nothing, neither forward nor back")));
}

TEST(ValidateKindsTest, RefusesAStepWithoutActionAtThePivotOrAfterIt) {
  EXPECT_THAT(Changed(Mark("file"), [](Node& node) { node.pivot = true; }),
              ElementsAre(HasSubstr("step 'file' is the pivot and calls nothing"),
                          HasSubstr("is the pivot and has a compensation")));
  EXPECT_THAT(Findings({Pivot("charge"), Mark("file")}),
              ElementsAre(HasSubstr("step 'file' comes after the pivot 'charge' and only has a "
                                    "compensation, which would never be called")));
}

TEST(ValidateKindsTest, RefusesWhatIsSaidOfAnActionThatIsNotThere) {
  EXPECT_THAT(Changed(Mark("file"), [](Node& node) { node.has_action_retry = true; }),
              ElementsAre(HasSubstr("says how often its action is tried and has none")));
}

TEST(ValidateKindsTest, RefusesAPendingTimeThatIsNone) {
  for (const absl::Duration time : {absl::ZeroDuration(), absl::Seconds(-1)}) {
    EXPECT_THAT(Changed(Step("a"), [&](Node& node) { node.pending_timeout = time; }),
                ElementsAre(HasSubstr("step 'a' may be pending for ")));
  }
}

TEST(ValidateKindsTest, RefusesADeadlineThatIsNone) {
  for (const absl::Duration deadline : {absl::ZeroDuration(), absl::Seconds(-1)}) {
    Definition definition = Good();
    definition.deadline = deadline;
    EXPECT_THAT(Validate(definition), ElementsAre(HasSubstr("good@1: its deadline is ")));
  }
}

TEST(ValidateKindsTest, RefusesAnExclusiveKeyThatNobodyMakes) {
  Definition definition = Good();
  definition.exclusive = ExclusiveKey{};
  EXPECT_THAT(Validate(definition),
              ElementsAre(HasSubstr("exclusive without a function that makes the key")));
}

TEST(ValidateKindsTest, RefusesAnotherOutcomeForOk) {
  Node step = Step("a");
  step.action->outcomes[absl::StatusCode::kOk] = Outcome::kRejected;
  step.compensation->outcomes[absl::StatusCode::kOk] = Outcome::kSucceeded;
  step.compensation->outcomes[absl::StatusCode::kNotFound] = Outcome::kSucceeded;
  EXPECT_THAT(Findings({step}), ElementsAre(HasSubstr("says what OK comes to in its action"),
                                            HasSubstr("says what OK comes to in its comp")));
}

TEST(ValidateKindsTest, RefusesToKeepSomethingOfAnAnswerThatDoesNotCountAsSucceeded) {
  using absl::StatusCode;
  const auto keep = [](const Scope& scope) { return std::string(scope.state); };
  Node step = Step("a");
  step.action->outcomes = {{StatusCode::kNotFound, Outcome::kSucceeded},
                           {StatusCode::kAborted, Outcome::kRejected}};
  step.action->keep_mapped = {{StatusCode::kNotFound, keep}, {StatusCode::kAborted, keep}};
  step.compensation->keep_mapped = {{StatusCode::kInternal, keep}};
  EXPECT_THAT(Findings({step}),
              ElementsAre(AllOf(HasSubstr("step 'a' keeps something of ABORTED in its action"),
                                HasSubstr("map it to kSucceeded")),
                          HasSubstr("step 'a' keeps something of INTERNAL in its compensation")));
}

TEST(ValidateKindsTest, RefusesNamesThatCouldBeNumbersOfElements) {
  EXPECT_THAT(Findings({Step("1st"), Await("2")}),
              ElementsAre(HasSubstr("step '1st' has a name that is none"),
                          HasSubstr("await '2' has a name that is none")));
}

TEST(ValidateKindsTest, CountsContainersOfEveryKindAsNesting) {
  Node node = Step("leaf");
  for (int i = 0; i < 4; ++i) node = Repeat("again", {ForEach("all", {std::move(node)})});
  // The inner for-each goes over no field of a parcel, which is another matter.
  const auto too_deep = testing::Contains(HasSubstr("lies 9 deep, and the limit is 8"));
  EXPECT_THAT(Findings({node}), testing::Not(too_deep));
  EXPECT_THAT(Findings({Parallel("both", {node, Step("b")})}), too_deep);
}

TEST(ValidateKindsTest, AnswersATreeThatIsTooDeepWithOneMessage) {
  EXPECT_THAT(Findings({Nested(500)}), ElementsAre(HasSubstr("more than 256 levels deep")));
}

TEST(ValidateKindsTest, AnswersAThousandMistakesInFewMessages) {
  std::vector<Node> children;
  for (int i = 0; i < 10'000; ++i) children.push_back(Last(fmt::format("s{}", i)));
  const std::vector<std::string> findings = Findings(std::move(children));
  ASSERT_THAT(findings, SizeIs(26));
  EXPECT_THAT(findings[0], HasSubstr("10000 nodes"));
  EXPECT_EQ(findings[25], "kinds@1: and 9976 more");
}

TEST(ValidateKindsTest, LeavesTheRulesOfAChildToItsOwnDefinition) {
  Node child = Child("money", "pay");
  child.children = {Repeat("again", {})};
  EXPECT_THAT(Findings({child}), IsEmpty());
}

}  // namespace
}  // namespace skald
