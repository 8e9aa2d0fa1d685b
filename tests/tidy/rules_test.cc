// Each rule of tidiness can fail: a rule that cannot proves nothing.
#include "tests/tidy/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace skald::tidy {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

using Check = std::vector<Finding> (*)(const Tree&);

std::vector<std::string> Found(Check check, std::vector<File> files) {
  std::vector<std::string> found;
  for (const Finding& finding : check(Tree{std::move(files)})) found.push_back(Describe(finding));
  return found;
}

File Code(std::string path, std::string text) {
  return File{.path = std::move(path), .text = std::move(text)};
}

TEST(IncludesStayInTheirRoomsTest, ForbidsTheCoreToSeeTheStore) {
  EXPECT_THAT(
      Found(IncludesStayInTheirRooms,
            {Code("engine/core/step.cc", "\n#include \"storage/store.h\"\n")}),
      ElementsAre(AllOf(StartsWith("engine/core/step.cc:2: "), HasSubstr("storage/store.h"))));
}

TEST(IncludesStayInTheirRoomsTest, AllowsTheOwnRoomTheListedOnesAndStrangers) {
  EXPECT_THAT(Found(IncludesStayInTheirRooms,
                    {Code("engine/core/step.cc",
                          "#include <string>\n#include \"engine/core/event.h\"\n"
                          "#include \"absl/time/time.h\"\n#include \"skald/v1/record.pb.h\"\n")}),
              IsEmpty());
}

TEST(IncludesStayInTheirRoomsTest, CountsGeneratedCodeAsProto) {
  EXPECT_THAT(
      Found(IncludesStayInTheirRooms, {Code("base/text.cc", "#include \"skald/v1/saga.pb.h\"\n")}),
      ElementsAre(StartsWith("base/text.cc:1: ")));
}

TEST(IncludesStayInTheirRoomsTest, LetsTestsLookBehindTheDoors) {
  EXPECT_THAT(Found(IncludesStayInTheirRooms,
                    {Code("engine/core/step_test.cc", "#include \"storage/store.h\"\n")}),
              IsEmpty());
}

TEST(HeadersAreFreeOfGrpcTest, ForbidsStubsAndGrpcInHeadersOnly) {
  const std::string text = "#include <grpcpp/channel.h>\n#include \"skald/v1/saga.grpc.pb.h\"\n";
  EXPECT_THAT(Found(HeadersAreFreeOfGrpc, {Code("engine/runtime/grpc_caller.cc", text),
                                           Code("engine/runtime/grpc_caller.h", text)}),
              ElementsAre(StartsWith("engine/runtime/grpc_caller.h:1: "),
                          StartsWith("engine/runtime/grpc_caller.h:2: ")));
}

TEST(LibrariesStayWhereTheyBelongTest, ForbidsSqlOutsideItsStore) {
  const std::string text = "#include <pqxx/pqxx>\n";
  EXPECT_THAT(Found(LibrariesStayWhereTheyBelong, {Code("storage/postgres/store.cc", text),
                                                   Code("storage/sqlite/store.cc", text)}),
              ElementsAre(StartsWith("storage/sqlite/store.cc:1: ")));
}

TEST(TheCoreIsPureTest, ForbidsClocksInTheCoreOnly) {
  const std::string text = "// Now() is the event's.\nabsl::Time now = absl::Now();\n";
  EXPECT_THAT(Found(TheCoreIsPure,
                    {Code("engine/core/step.cc", text), Code("engine/runtime/timers.cc", text)}),
              ElementsAre(StartsWith("engine/core/step.cc:2: ")));
}

TEST(FilesAreShortTest, ForbidsThe601stLine) {
  std::string text;
  for (int i = 0; i < 600; ++i) text += "int a;\n";
  EXPECT_THAT(Found(FilesAreShort, {Code("base/a.cc", text)}), IsEmpty());
  EXPECT_THAT(Found(FilesAreShort, {Code("base/a.cc", text + "int b;\n")}),
              ElementsAre(HasSubstr("601 lines")));
}

std::string FunctionOf(int lines) {
  std::string text = "Foo::Foo(int a) : a_{a}, b_{'{'} {\n";
  for (int i = 2; i < lines; ++i) text += i % 2 == 0 ? "  if (a) { b(\"{\"); }\n" : "  // {\n";
  return text + "}\n";
}

TEST(FunctionsAreShortTest, ForbidsThe71stLine) {
  EXPECT_THAT(Found(FunctionsAreShort, {Code("base/a.cc", FunctionOf(70))}), IsEmpty());
  EXPECT_THAT(Found(FunctionsAreShort, {Code("base/a.cc", FunctionOf(71))}),
              ElementsAre(AllOf(StartsWith("base/a.cc:1: "), HasSubstr("71 lines"))));
}

TEST(FunctionsAreShortTest, LooksIntoNamespacesAndClasses) {
  const std::string begin = "namespace a {\nclass CAPABILITY(\"x\") B final : public C {\n";
  EXPECT_THAT(Found(FunctionsAreShort, {Code("base/a.h", begin + FunctionOf(71) + "};\n}\n")}),
              ElementsAre(StartsWith("base/a.h:3: ")));
}

TEST(FunctionsAreShortTest, CountsALambdaWithItsFunction) {
  const std::string text = "void F() {\n  G([] {\n" + std::string(80, '\n') + "  });\n}\n";
  EXPECT_THAT(Found(FunctionsAreShort, {Code("base/a.cc", text)}),
              ElementsAre(StartsWith("base/a.cc:1: ")));
}

TEST(FunctionsAreShortTest, SeesThroughRawStringsMacrosAndDigitSeparators) {
  const std::string text =
      "#define BEGIN \\\n  {\nconst char* a = R\"sql(}}{)sql\";\nint b = 1'000;\nvoid F() {\n" +
      std::string(69, '\n') + "}\n";
  EXPECT_THAT(Found(FunctionsAreShort, {Code("base/a.cc", text)}),
              ElementsAre(StartsWith("base/a.cc:5: ")));
}

TEST(FunctionsAreShortTest, AllowsLongTables) {
  const std::string text = "constexpr int kTable[] = {\n" + std::string(100, '\n') + "};\n";
  EXPECT_THAT(Found(FunctionsAreShort, {Code("base/a.cc", text)}), IsEmpty());
}

TEST(LinesAreShortTest, CountsColumnsNotBytes) {
  std::string umlauts;
  for (int i = 0; i < 100; ++i) umlauts += "ä";
  EXPECT_THAT(Found(LinesAreShort, {Code("base/a.cc", umlauts + "\n")}), IsEmpty());
  EXPECT_THAT(Found(LinesAreShort, {Code("base/a.cc", "\n" + umlauts + "x\n")}),
              ElementsAre(AllOf(StartsWith("base/a.cc:2: "), HasSubstr("101 columns"))));
}

TEST(GuardsMatchPathsTest, NamesTheRightGuard) {
  EXPECT_THAT(Found(GuardsMatchPaths, {Code("base/a.h", "#ifndef A_H\n#define A_H\n#endif\n")}),
              ElementsAre(HasSubstr("SKALD_BASE_A_H_")));
  EXPECT_THAT(
      Found(GuardsMatchPaths,
            {Code("base/a.h", "// A.\n#ifndef SKALD_BASE_A_H_\n#define SKALD_BASE_A_H_\n")}),
      IsEmpty());
}

TEST(HeadersBeginWithACommentTest, ForbidsANakedHeader) {
  EXPECT_THAT(Found(HeadersBeginWithAComment, {Code("base/a.h", "#ifndef SKALD_BASE_A_H_\n")}),
              ElementsAre(StartsWith("base/a.h:1: ")));
  EXPECT_THAT(Found(HeadersBeginWithAComment, {Code("base/a.h", "// Texts.\n")}), IsEmpty());
}

TEST(SpacesAreTidyTest, ForbidsTabsSpacesAtTheEndAndAnOpenEnd) {
  EXPECT_THAT(Found(SpacesAreTidy, {Code("base/a.cc", "\tint a;\nint b; \nint c;")}),
              ElementsAre(StartsWith("base/a.cc:1: a tab"), StartsWith("base/a.cc:2: space"),
                          StartsWith("base/a.cc:3: no newline")));
}

TEST(CodeIsBuiltTest, ForbidsATestThatNobodyRuns) {
  const File list = Code("base/CMakeLists.txt", "skald_test(a_test SOURCES a_test.cc)\n");
  EXPECT_THAT(Found(CodeIsBuilt, {list, Code("base/a_test.cc", ""), Code("base/aa_test.cc", ""),
                                  Code("storage/a_test.cc", "")}),
              ElementsAre(StartsWith("base/aa_test.cc: "), StartsWith("storage/a_test.cc: ")));
}

TEST(CodeIsBuiltTest, UnderstandsNamesThatAForeachPutsTogether) {
  const File list = Code("base/CMakeLists.txt",
                         "foreach(part a b)\n  skald_program(${part} SOURCES ${part}_main.cc)\n");
  EXPECT_THAT(Found(CodeIsBuilt, {list, Code("base/a_main.cc", ""), Code("base/c_main.cc", "")}),
              ElementsAre(StartsWith("base/c_main.cc: ")));
}

TEST(NothingIsLeftForLaterTest, ForbidsNotesAndSkips) {
  const std::string text = std::string("// TO") + "DO: more\nGTEST_" + "SKIP();\nTEST(A, DISAB" +
                           "LED_B) {}\nmktemp.XXXXXX\n";
  EXPECT_THAT(Found(NothingIsLeftForLater, {Code("base/a.cc", text)}),
              ElementsAre(StartsWith("base/a.cc:1: "), StartsWith("base/a.cc:2: "),
                          StartsWith("base/a.cc:3: ")));
}

TEST(ScriptsRunTest, ForbidsScriptsThatCannotBeStartedOrGoOnAfterAnError) {
  const std::string good = "#!/usr/bin/env bash\nset -euo pipefail\n";
  EXPECT_THAT(
      Found(ScriptsRun, {File{.path = "scripts/a", .text = good, .executable = false},
                         File{.path = "scripts/b", .text = "ls\n", .executable = true},
                         File{.path = "scripts/c", .text = "#!/bin/bash\nls\n", .executable = true},
                         File{.path = "scripts/d", .text = good, .executable = true},
                         File{.path = "scripts/lib/e.sh", .text = "ls\n"}}),
      ElementsAre(StartsWith("scripts/a: "), StartsWith("scripts/b:1: "),
                  StartsWith("scripts/c: ")));
}

TEST(LinksResolveTest, ForbidsLinksToNowhere) {
  const std::string text =
      "[a](b.md#top) [c](../README.md) [d](https://skald.example/)\n[e](adr/)\n`[f](nowhere.md)`\n"
      "[g](missing.md)\n";
  EXPECT_THAT(Found(LinksResolve, {Code("README.md", ""), Code("docs/a.md", text),
                                   Code("docs/b.md", ""), Code("docs/adr/0001.md", "")}),
              ElementsAre(AllOf(StartsWith("docs/a.md:4: "), HasSubstr("missing.md"))));
}

TEST(DescribeTest, LeavesTheLineOutWhereTheWholeFileIsMeant) {
  EXPECT_EQ(Describe({"a.h", 0, "bad"}), "a.h: bad");
  EXPECT_EQ(Describe({"a.h", 7, "bad"}), "a.h:7: bad");
}

}  // namespace
}  // namespace skald::tidy
