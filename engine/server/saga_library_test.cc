#include "engine/server/saga_library.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "base/status.h"
#include "engine/runtime/engine_harness.h"
#include "engine/server/saga_library_trial.h"
#include "tests/support/temp_folder.h"

namespace skald::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string Library(const std::string& name) {
  return std::string(SKALD_TEST_LIBRARIES) + "/lib" + name + ".so";
}

// What a refused library is refused with.
std::string WhyNot(const std::string& path) {
  const auto loaded = LoadSagaLibrary(path);
  EXPECT_TRUE(absl::IsInvalidArgument(loaded.status())) << loaded.status();
  EXPECT_THAT(Message(loaded.status()), StartsWith(path + ": "));
  return std::string(Message(loaded.status()));
}

// What registering these is refused with.
std::string WhyNotWith(const std::string& library, std::vector<Definition> own) {
  Registry registry;
  const absl::Status added = RegisterSagas(std::move(own), {Library(library)}, registry);
  EXPECT_TRUE(absl::IsInvalidArgument(added)) << added;
  EXPECT_TRUE(registry.All().empty());
  return std::string(Message(added));
}

TEST(SagaLibraryTest, ItsDefinitionsStandBesideTheProgramsOwn) {
  Registry registry;
  const absl::Status added =
      RegisterSagas({runtime::Steps("trip", 1, {"a"})}, {Library("parcel_sagas")}, registry);
  ASSERT_TRUE(added.ok()) << added;
  EXPECT_NE(registry.Find("trip", 1), nullptr);
  ASSERT_NE(registry.Find("send_parcel", 1), nullptr);
  EXPECT_EQ(registry.Find("send_parcel", 1)->state_type, "skald.server.testdata.Parcel");
}

TEST(SagaLibraryTest, ItsMessagesAreKnownToTheProgramThatLoadedIt) {
  ASSERT_TRUE(LoadSagaLibrary(Library("parcel_sagas")).ok());
  EXPECT_NE(google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
                "skald.server.testdata.Parcel"),
            nullptr);
}

TEST(SagaLibraryTest, APathWithoutASlashIsAFileHere) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(SKALD_TEST_LIBRARIES);
  EXPECT_TRUE(LoadSagaLibrary("libparcel_sagas.so").ok());
  std::filesystem::current_path(before);
}

TEST(SagaLibraryTest, AFileThatIsMissingOrNoLibraryIsRefused) {
  EXPECT_THAT(WhyNot("/nowhere/libx.so"), HasSubstr("No such file or directory"));
  EXPECT_THAT(WhyNot("/"), HasSubstr("it is no file"));
  testing_support::TempFolder folder;
  const std::string path = folder.path() + "/libtext.so";
  std::ofstream(path) << "This is no library, however long its text may be.\n";
  EXPECT_THAT(WhyNot(path), HasSubstr("it cannot be loaded"));
}

TEST(SagaLibraryTest, ALibraryWithoutSagasIsRefusedSayingWhatToWrite) {
  EXPECT_THAT(WhyNot(Library("no_symbol_sagas")), HasSubstr("write SKALD_SAGAS(...)"));
  EXPECT_THAT(WhyNot(Library("empty_sagas")), HasSubstr("there is no definition in it"));
}

TEST(SagaLibraryTest, ALibraryForAnotherInterfaceIsRefusedBeforeAnythingElseOfItIsRead) {
  EXPECT_THAT(WhyNot(Library("interface_sagas")),
              HasSubstr("it was built for interface 999 of sagas/plugin.h, this program has 1"));
}

TEST(SagaLibraryTest, ALibraryOfAnotherCompilerIsRefusedBeforeItsFunctionsAreCalled) {
  EXPECT_THAT(WhyNot(Library("toolchain_sagas")),
              HasSubstr("it was built with g++ 4, libstdc++ old, abseil 20200225, this program "
                        "with "));
}

TEST(SagaLibraryTest, WhatItsFunctionsThrowIsItsMistake) {
  EXPECT_THAT(WhyNot(Library("throws_sagas")),
              HasSubstr("making its definitions failed with: no price list"));
}

TEST(SagaLibraryTest, WhatEndsTheProcessIsFoundOutInAnother) {
  EXPECT_THAT(WhyNot(Library("crashes_sagas")), HasSubstr("it ends the process that loads it"));
}

TEST(SagaLibraryTest, AProtoFileThatIsLinkedInTwiceIsNamed) {
  EXPECT_THAT(WhyNot(Library("double_proto_sagas")),
              HasSubstr("the proto file skald/v1/saga.proto is linked into it, and into this "
                        "program or another library too"));
}

TEST(SagaLibraryTest, ADefinitionThatIsThereAlreadyIsRefusedNamingWhere) {
  EXPECT_EQ(WhyNotWith("taken_sagas", {runtime::Steps("trip", 1, {"a"})}),
            Library("taken_sagas") +
                ": trip@1 is in this program already: give it another name or version, or leave "
                "one of them out");
  Registry registry;
  const absl::Status twice =
      RegisterSagas({}, {Library("parcel_sagas"), Library("parcel_sagas")}, registry);
  EXPECT_THAT(std::string(Message(twice)),
              HasSubstr("send_parcel@1 is in " + Library("parcel_sagas") + " already"));
}

TEST(SagaLibraryTest, ADefinitionThatIsNoGoodIsRefusedNamingItsLibrary) {
  EXPECT_THAT(WhyNotWith("invalid_sagas", {}),
              StartsWith(Library("invalid_sagas") + ": Night Train@1: "));
  EXPECT_THAT(WhyNotWith("parcel_sagas", {Definition{.name = "own", .version = 1}}),
              StartsWith("own@1: "));
}

SagaLibrary Fitting() {
  return internal::DescribeLibrary([](std::vector<Definition>&, std::string&) { return true; });
}

TEST(SagaLibraryTest, WhatWasBuiltAsThisProgramWasFits) {
  EXPECT_TRUE(CheckFits(Fitting()).ok());
  SagaLibrary patch = Fitting();
  const std::string version = std::string(internal::SkaldVersion()) + "99";
  patch.skald = version.c_str();
  EXPECT_TRUE(CheckFits(patch).ok());
}

TEST(SagaLibraryTest, AnotherProtobufIsRefusedByVersionAndIfItCameAlong) {
  SagaLibrary library = Fitting();
  library.protobuf = 3'012'004;
  EXPECT_THAT(Message(CheckFits(library)), HasSubstr("with protobuf 3.12.4, this program with"));
  library = Fitting();
  library.descriptor_pool = &library;
  EXPECT_THAT(Message(CheckFits(library)), HasSubstr("link it to the shared libprotobuf"));
}

TEST(SagaLibraryTest, AnotherSkaldIsRefusedByVersionAndBySize) {
  SagaLibrary library = Fitting();
  library.skald = "0.0.9";
  EXPECT_THAT(Message(CheckFits(library)),
              HasSubstr("it was built with Skald 0.0.9, this program"));
  for (uint32_t SagaLibrary::*size :
       {&SagaLibrary::definition_size, &SagaLibrary::node_size, &SagaLibrary::scope_size}) {
    library = Fitting();
    library.*size += 8;
    EXPECT_THAT(Message(CheckFits(library)), HasSubstr("laid out otherwise"));
  }
}

TEST(SagaLibraryTest, PathsAreSeparatedByCommas) {
  EXPECT_THAT(SplitPaths("a.so,/b/c.so"), ElementsAre("a.so", "/b/c.so"));
  EXPECT_THAT(SplitPaths(" a b.so , ,,c.so"), ElementsAre("a b.so", "c.so"));
  EXPECT_TRUE(SplitPaths("").empty());
}

TEST(SagaLibraryTrialTest, TellsHowAChildEndedAndWhatItSaid) {
  EXPECT_TRUE(TryInAChild([] {}).ok());
  EXPECT_THAT(Message(TryInAChild([] { std::exit(0); })), HasSubstr("it exits with 0"));
  EXPECT_THAT(Message(TryInAChild([] { throw std::runtime_error("out of tea"); })),
              HasSubstr("it throws while it is loaded); it said: out of tea"));
  EXPECT_THAT(Message(TryInAChild([] {
                std::fputs("first\nsecond\n", stderr);
                std::abort();
              })),
              HasSubstr("it said: first / second"));
}

TEST(SagaLibraryTrialTest, LearnsHowAChildEndedWhereSigchldWasIgnored) {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  EXPECT_TRUE(TryInAChild([] {}).ok());
  EXPECT_EQ(std::signal(SIGCHLD, before), SIG_IGN);
}

}  // namespace
}  // namespace skald::server
