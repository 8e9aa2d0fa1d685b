#include "sagas/evolution.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "sagas/testdata/nodes.h"
#include "sagas/testdata/proto_text.h"

namespace skald {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptorSet;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace testdata;  // NOLINT: as an author would.

// What is found of message t.M when `before` has become `after`: "error: ..." or "warning: ...".
std::vector<std::string> Findings(const std::string& before, const std::string& after,
                                  const std::string& syntax = "proto3") {
  FileDescriptorSet stored;
  *stored.add_file() = ProtoText(syntax, before).Parse();
  DescriptorPool current;
  EXPECT_NE(current.BuildFile(ProtoText(syntax, after).Parse()), nullptr) << after;
  std::vector<std::string> findings;
  for (const EvolutionFinding& each : CheckEvolution(stored, {"t.M"}, current)) {
    const bool error = each.level == EvolutionFinding::Level::kError;
    findings.push_back((error ? "error: " : "warning: ") + each.message);
  }
  return findings;
}

// Of one field, 'x', between types.
std::vector<std::string> TypeChange(const std::string& before, const std::string& after) {
  const std::string rest =
      "message A { int32 i = 1; } message B { int32 i = 1; } message C { string s = 1; }"
      "enum E { ZERO = 0; }";
  return Findings("message M { " + before + " x = 3; }" + rest,
                  "message M { " + after + " x = 3; }" + rest);
}

TEST(EvolutionTest, FindsNothingInWhatStayedOrWasAdded) {
  EXPECT_THAT(Findings("message M { int32 a = 1; }", "message M { int32 a = 1; }"), IsEmpty());
  EXPECT_THAT(Findings("message M { int32 a = 1; }",
                       "message M { int32 a = 1; string b = 2; repeated M c = 3; oneof d { int32 "
                       "e = 4; string f = 5; } map<string, M> g = 6; }"),
              IsEmpty());
}

TEST(EvolutionTest, RefusesATypeThatIsReadAsSomethingElse) {
  EXPECT_THAT(TypeChange("int64", "string"),
              ElementsAre("error: t.M.x (number 3) was int64 and is string: what is stored cannot "
                          "be read, or is read as something else; give the new field a number of "
                          "its own and write 'reserved 3'"));
  const struct {
    const char* before;
    const char* after;
  } kCases[] = {{"int32", "sint32"},  {"fixed32", "float"}, {"double", "fixed64"},
                {"int32", "fixed32"}, {"bytes", "A"},       {"A", "string"},
                {"float", "double"},  {"bool", "string"},   {"E", "sint32"}};
  for (const auto& [before, after] : kCases) {
    EXPECT_THAT(TypeChange(before, after), ElementsAre(HasSubstr("error: t.M.x (number 3) was")))
        << before << " " << after;
    EXPECT_THAT(TypeChange(after, before), ElementsAre(HasSubstr("error: t.M.x (number 3) was")))
        << after << " " << before;
  }
}

TEST(EvolutionTest, AllowsTypesThatHoldAllThatTheOldOneHeld) {
  EXPECT_THAT(TypeChange("int32", "int64"), IsEmpty());
  EXPECT_THAT(TypeChange("uint32", "uint64"), IsEmpty());
  EXPECT_THAT(TypeChange("bool", "int32"), IsEmpty());
  EXPECT_THAT(TypeChange("string", "bytes"), IsEmpty());
  EXPECT_THAT(TypeChange("sint32", "sint64"), IsEmpty());
}

TEST(EvolutionTest, WarnsOfTypesThatHoldLess) {
  for (const auto& [before, after] :
       std::vector<std::pair<const char*, const char*>>{{"int64", "int32"},
                                                        {"int32", "uint32"},
                                                        {"int32", "bool"},
                                                        {"bytes", "string"},
                                                        {"fixed32", "sfixed32"},
                                                        {"int32", "E"}}) {
    EXPECT_THAT(TypeChange(before, after),
                ElementsAre(AllOf(HasSubstr("warning: t.M.x (number 3) was"),
                                  HasSubstr("make sure that there are none"))))
        << before << " " << after;
  }
  EXPECT_THAT(TypeChange("E", "int32"), ElementsAre(HasSubstr("JSON has numbers now")));
}

TEST(EvolutionTest, RefusesSingularThatBecameRepeatedAndBack) {
  EXPECT_THAT(TypeChange("int32", "repeated int32"),
              ElementsAre(HasSubstr("error: t.M.x (number 3) was int32 and is repeated int32")));
  EXPECT_THAT(TypeChange("repeated A", "A"),
              ElementsAre(HasSubstr("was repeated t.A and is t.A: what is stored would be cut")));
  EXPECT_THAT(TypeChange("A", "map<string, A>"),
              ElementsAre(HasSubstr("was t.A and is map<string, t.A>")));
}

TEST(EvolutionTest, RefusesAnotherMessageAndWarnsOfAnotherNameOfTheSame) {
  EXPECT_THAT(TypeChange("A", "C"), ElementsAre(HasSubstr("error: t.M.x (number 3) was t.A and is "
                                                          "t.C, which is another message")));
  EXPECT_THAT(TypeChange("A", "B"), ElementsAre(HasSubstr("warning: t.M.x (number 3) was t.A and "
                                                          "is t.B, which is written the same")));
}

TEST(EvolutionTest, LooksIntoMessagesMapsAndTypesThatContainThemselves) {
  const std::string before = "message M { M m = 1; repeated L l = 2; map<string, N> n = 3; }";
  EXPECT_THAT(Findings(before + "message L { int32 a = 1; } message N { bool b = 1; }",
                       before + "message L { string a = 1; } message N { double b = 1; }"),
              ElementsAre(HasSubstr("error: t.L.a (number 1) was int32 and is string"),
                          HasSubstr("error: t.N.b (number 1) was bool and is double")));
  EXPECT_THAT(TypeChange("map<string, int32>", "map<string, string>"),
              ElementsAre(HasSubstr("t.M.XEntry.value (number 2) was int32 and is string")));
}

TEST(EvolutionTest, WarnsOfARemovedFieldWhoseNumberIsNotReserved) {
  EXPECT_THAT(Findings("message M { int32 a = 1; string b = 2; }", "message M { int32 a = 1; }"),
              ElementsAre("warning: t.M.b (number 2), string, was removed: write 'reserved 2' into "
                          "t.M, so that no later field reads what is stored under it"));
  EXPECT_THAT(Findings("message M { int32 a = 1; string b = 2; }",
                       "message M { reserved 2; int32 a = 1; }"),
              IsEmpty());
}

TEST(EvolutionTest, RefusesAFieldThatTookAnotherNumber) {
  EXPECT_THAT(Findings("message M { int32 a = 1; }", "message M { int32 a = 2; }"),
              ElementsAre(HasSubstr("error: t.M.a (number 1) has number 2 now")));
  EXPECT_THAT(Findings("message M { int32 a = 1; }", "message M { reserved 1; int32 a = 2; }"),
              ElementsAre(HasSubstr("error: t.M.a (number 1) has number 2 now")));
}

TEST(EvolutionTest, RefusesFieldsThatChangedTheirNumbers) {
  EXPECT_THAT(Findings("message M { int32 a = 1; int32 b = 2; }",
                       "message M { int32 b = 1; int32 a = 2; }"),
              ElementsAre(HasSubstr("error: t.M.a (number 1) has number 2 now: what is stored "
                                    "under 1 would be read as 'b'"),
                          HasSubstr("error: t.M.b (number 2) has number 1 now")));
}

TEST(EvolutionTest, RefusesANumberThatIsUsedForSomethingElse) {
  EXPECT_THAT(Findings("message M { int32 a = 1; }", "message M { string name = 1; }"),
              ElementsAre(HasSubstr("error: t.M.name (number 1) was 'a', int32 and is string")));
  EXPECT_THAT(Findings("message M { reserved 1; int32 a = 2; }",
                       "message M { string b = 1; int32 a = 2; }"),
              ElementsAre(HasSubstr("error: t.M.b (number 1) takes a number that was reserved")));
}

TEST(EvolutionTest, WarnsOfNewNames) {
  EXPECT_THAT(
      Findings("message M { int32 a = 1; }", "message M { int32 b = 1; }"),
      ElementsAre(AllOf(HasSubstr("warning: t.M.b (number 1) was called 'a'"), HasSubstr("JSON"))));
  EXPECT_THAT(Findings("message M { int32 a = 1; }", "message M { int32 a = 1 [json_name='z']; }"),
              ElementsAre(HasSubstr("warning: t.M.a (number 1) is 'z' in JSON and was 'a'")));
}

TEST(EvolutionTest, RefusesFieldsThatCouldBeSetTogetherInOneOneof) {
  const std::string apart = "message M { int32 a = 1; string b = 2; }";
  const std::string together = "message M { oneof c { int32 a = 1; string b = 2; } }";
  EXPECT_THAT(Findings(apart, together),
              ElementsAre(AllOf(HasSubstr("error: t.M.b (number 2) and 'a' are in one oneof now"),
                                HasSubstr("leave them out"))));
  EXPECT_THAT(Findings(together, together), IsEmpty());
  EXPECT_THAT(
      Findings("message M { oneof c { int32 a = 1; } oneof d { string b = 2; } }", together),
      ElementsAre(HasSubstr("error: t.M.b (number 2)")));
  EXPECT_THAT(Findings("message M { int32 a = 1; }", together), IsEmpty());
}

TEST(EvolutionTest, WarnsOfAFieldThatLeftItsOneof) {
  EXPECT_THAT(Findings("message M { oneof c { int32 a = 1; string b = 2; } }",
                       "message M { oneof c { int32 a = 1; } string b = 2; }"),
              ElementsAre(HasSubstr("warning: t.M.b (number 2) has left the oneof 'c'")));
}

TEST(EvolutionTest, KnowsThatAnOptionalFieldIsInNoOneof) {
  EXPECT_THAT(Findings("message M { optional int32 a = 1; optional int32 b = 2; }",
                       "message M { int32 a = 1; optional int32 b = 2; }"),
              IsEmpty());
}

TEST(EvolutionTest, RefusesAnEnumNumberThatChangedItsMeaning) {
  const std::string message = "message M { E e = 1; }";
  EXPECT_THAT(Findings(message + "enum E { ZERO = 0; ONE = 1; TWO = 2; }",
                       message + "enum E { ZERO = 0; TWO = 1; ONE = 2; }"),
              ElementsAre(HasSubstr("error: t.E.ONE (number 1) has number 2 now: what is stored as "
                                    "1 would be read as TWO"),
                          HasSubstr("error: t.E.TWO (number 2) has number 1 now")));
}

TEST(EvolutionTest, WarnsOfEnumValuesThatWentOrAreCalledOtherwise) {
  const std::string message = "message M { E e = 1; }";
  const std::string before = message + "enum E { ZERO = 0; ONE = 1; }";
  EXPECT_THAT(Findings(before, message + "enum E { ZERO = 0; UNO = 1; }"),
              ElementsAre(HasSubstr("warning: t.E.ONE (number 1) is called UNO now")));
  EXPECT_THAT(Findings(before, message + "enum E { ZERO = 0; }"),
              ElementsAre(HasSubstr("warning: t.E.ONE (number 1) was removed")));
  EXPECT_THAT(Findings(before, message + "enum E { reserved 1; ZERO = 0; }"), IsEmpty());
  EXPECT_THAT(Findings(before, message + "enum E { option allow_alias = true; ZERO = 0; ONE = 1; "
                                         "UNO = 1; }"),
              IsEmpty());
}

TEST(EvolutionTest, RefusesFieldsThatAreRequiredNow) {
  EXPECT_THAT(Findings("message M { optional int32 a = 1; }", "message M { required int32 a = 1; }",
                       "proto2"),
              ElementsAre(HasSubstr("error: t.M.a (number 1) is required and was not")));
  EXPECT_THAT(Findings("message M { optional int32 a = 1; }",
                       "message M { optional int32 a = 1; required int32 b = 2; }", "proto2"),
              ElementsAre(HasSubstr("error: t.M.b (number 2) is new and required")));
}

TEST(EvolutionTest, TellsErrorsFirst) {
  EXPECT_THAT(Findings("message M { int32 a = 1; int32 b = 2; }",
                       "message M { int32 z = 1; string b = 2; }"),
              ElementsAre(HasSubstr("error: t.M.b"), HasSubstr("warning: t.M.z")));
}

TEST(EvolutionTest, RefusesATypeThatTheProgramLacksAndTakesANewOne) {
  EXPECT_THAT(Findings("message M {}", "message N {}"),
              ElementsAre(HasSubstr("error: the message type 't.M' is stored and is not linked")));
  EXPECT_THAT(Findings("message N {}", "message M {}"), IsEmpty());
}

TEST(EvolutionTest, SaysSoWhenWhatIsStoredIsDamaged) {
  EXPECT_THAT(Findings("message M { Gone g = 1; }", "message M {}"),
              ElementsAre(HasSubstr("the store is damaged")));
}

TEST(DescribeTypesTest, HoldsAllThatTheTypesAreMadeOf) {
  const DescriptorPool& pool = *DescriptorPool::generated_pool();
  const std::vector<std::string> types = {"google.protobuf.FileDescriptorSet", kState};
  const absl::StatusOr<FileDescriptorSet> files = DescribeTypes(types, pool);
  ASSERT_TRUE(files.ok());
  EXPECT_EQ(files->file_size(), 2);
  EXPECT_THAT(CheckEvolution(*files, types, pool), IsEmpty());
  const absl::StatusOr<FileDescriptorSet> again = DescribeTypes({types[1], types[0]}, pool);
  EXPECT_EQ(again->SerializeAsString(), files->SerializeAsString());
}

TEST(DescribeTypesTest, NamesATypeThatIsNotLinked) {
  const absl::StatusOr<FileDescriptorSet> files =
      DescribeTypes({"shop.v9.Gone"}, *DescriptorPool::generated_pool());
  EXPECT_EQ(files.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(files.status().message()), HasSubstr("'shop.v9.Gone'"));
}

TEST(MessageTypesOfTest, NamesTheStateTheChildrensStatesAndTheSignals) {
  Node child = Child("money", "pay");
  child.child->state_type = "shop.v1.PayState";
  child.children = {Await("refusal")};
  child.children[0].await->message_type = "shop.v1.Refusal";
  EXPECT_THAT(MessageTypesOf(Tree("place", 1, {Step("a"), Await("word"), child})),
              ElementsAre("shop.v1.PayState", "shop.v1.Refusal", kApproval, kState));
}

}  // namespace
}  // namespace skald
