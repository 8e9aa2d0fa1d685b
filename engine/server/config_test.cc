#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "base/status.h"
#include "engine/server/command_line.h"
#include "engine/server/config_load.h"
#include "engine/server/settings.h"
#include "engine/server/values.h"
#include "tests/support/temp_folder.h"

namespace skald::server {
namespace {

using testing::HasSubstr;

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() { sources_.file = folder_.path() + "/skaldd.yaml"; }

  void Write(const std::string& text) { std::ofstream(sources_.file) << text; }

  Config Loaded() {
    const absl::StatusOr<LoadedConfig> loaded = LoadConfig(sources_);
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    return loaded.ok() ? loaded->config : Config();
  }

  std::string Refused() { return std::string(Message(LoadConfig(sources_).status())); }

  testing_support::TempFolder folder_;
  ConfigSources sources_;
};

TEST_F(ConfigTest, DefaultsHoldWhereNothingIsSaid) {
  const Config config = Loaded();
  EXPECT_EQ(config.listen, "127.0.0.1:7600");
  EXPECT_EQ(config.store, "sqlite:skald.db");
  EXPECT_EQ(config.engine.limits.state, size_t{1} << 20);
  EXPECT_TRUE(config.participants.empty());
}

TEST_F(ConfigTest, AFlagOverrulesTheEnvironmentWhichOverrulesTheFile) {
  Write("listen: 127.0.0.1:1\nstore: sqlite:file.db\ngrace: 7s\n");
  sources_.environment = {"SKALD_LISTEN=127.0.0.1:2", "SKALD_STORE=sqlite:env.db", "PATH=/bin"};
  sources_.flags = {{"listen", "127.0.0.1:3"}};
  const Config config = Loaded();
  EXPECT_EQ(config.listen, "127.0.0.1:3");
  EXPECT_EQ(config.store, "sqlite:env.db");
  EXPECT_EQ(config.grace, absl::Seconds(7));
}

TEST_F(ConfigTest, NestedMapsAreDottedKeys) {
  Write("engine:\n  shards: 8\n  drain: 1m30s\nlimits:\n  state: 64KiB\nlog: {format: json}\n");
  const Config config = Loaded();
  EXPECT_EQ(config.engine.shards, 8);
  EXPECT_EQ(config.engine.drain, absl::Seconds(90));
  EXPECT_EQ(config.engine.limits.state, size_t{64} << 10);
  EXPECT_EQ(config.log.format, "json");
}

TEST_F(ConfigTest, ParticipantsComeFromEverySource) {
  Write("participants:\n  inventory: {address: a:1, concurrency: 5}\n  risk: r:1\n");
  sources_.environment = {"SKALD_PARTICIPANTS=payments=p:1,shipping=s:1"};
  sources_.participants = {"inventory=dns:///b:2"};
  const Config config = Loaded();
  ASSERT_EQ(config.participants.size(), 4U);
  EXPECT_EQ(config.participants.at("inventory").address, "dns:///b:2");
  EXPECT_EQ(config.participants.at("inventory").concurrency, 5);
  EXPECT_EQ(config.participants.at("risk").address, "r:1");
  EXPECT_EQ(config.participants.at("shipping").address, "s:1");
}

TEST_F(ConfigTest, AnUnknownKeyIsRefusedWithItsLineAndASuggestion) {
  Write("listen: 127.0.0.1:1\nengine:\n  shard: 8\n");
  EXPECT_EQ(Refused(),
            sources_.file + ":3: unknown key 'engine.shard': did you mean 'engine.shards'?");
  Write("partcipants:\n  inventory: {address: a:1}\n");
  EXPECT_EQ(Refused(),
            sources_.file + ":2: unknown key 'partcipants': did you mean 'participants'?");
  Write("participants:\n  inventory: {adress: a:1}\n");
  EXPECT_THAT(Refused(),
              HasSubstr("unknown key 'participants.inventory.adress': did you mean 'address'?"));
}

TEST_F(ConfigTest, AnUnknownVariableIsRefusedWithASuggestion) {
  sources_.environment = {"SKALD_LISTN=x"};
  EXPECT_EQ(Refused(), "environment: unknown variable 'SKALD_LISTN': did you mean 'SKALD_LISTEN'?");
}

TEST_F(ConfigTest, VariablesOfTheCommandLineAndOfKubernetesAreLeftAlone) {
  sources_.environment = {"SKALD_ADDRESS=x", "SKALD_PORT_7600_TCP=tcp://10.0.0.1:7600",
                          "SKALD_SERVICE_HOST=x"};
  Loaded();
}

TEST_F(ConfigTest, AWrongValueIsRefusedWithKeyValueAndWhatIsExpected) {
  Write("engine: {shards: many}\n");
  EXPECT_EQ(Refused(),
            sources_.file +
                ":1: 'many' is no value for engine.shards: expected a whole number from 1 to 4096");
  Write("engine: {shards: 0}\n");
  EXPECT_THAT(Refused(), HasSubstr("'0' is no value for engine.shards"));
  Write("limits: {state: 1MB}\n");
  EXPECT_THAT(Refused(),
              HasSubstr("'1MB' is no value for limits.state: expected a size from 1KiB to 64MiB"));
  Write("grace: soon\n");
  EXPECT_THAT(Refused(), HasSubstr("expected a duration from 0 to 1h"));
  Write("log: {level: loud}\n");
  EXPECT_THAT(Refused(), HasSubstr("expected one of debug|info|warn|error"));
  Write("insecure_listen: perhaps\n");
  EXPECT_THAT(Refused(), HasSubstr("expected true or false"));
}

TEST_F(ConfigTest, EveryMistakeIsTold) {
  Write("listn: x\ngrace: soon\n");
  EXPECT_THAT(Refused(), HasSubstr(":1: unknown key 'listn'"));
  EXPECT_THAT(Refused(), HasSubstr(":2: 'soon' is no value for grace"));
}

TEST_F(ConfigTest, WhatIsNoMapOfValuesIsRefusedWithItsLine) {
  Write("listen: [a, b]\n");
  EXPECT_EQ(Refused(), sources_.file + ":1: 'listen' is a list, expected one value");
  Write("listen: a\nlisten: b\n");
  EXPECT_EQ(Refused(), sources_.file + ":2: key 'listen' comes twice");
  Write("listen: {a\n");
  EXPECT_THAT(Refused(), HasSubstr(sources_.file + ":"));
  Write("- a\n");
  EXPECT_THAT(Refused(), HasSubstr("expected 'key: value' lines"));
}

TEST_F(ConfigTest, AnEmptyFileIsAFile) {
  Write("");
  Loaded();
}

TEST_F(ConfigTest, AFileThatWasNamedMustBeThere) {
  Loaded();
  sources_.need = ConfigSources::FileNeed::kRequired;
  EXPECT_THAT(Refused(), HasSubstr("there is no file"));
}

TEST_F(ConfigTest, AParticipantWithoutAddressOrWithABadNameIsRefused) {
  Write("participants:\n  inventory: {concurrency: 5}\n");
  EXPECT_THAT(Refused(), HasSubstr("write participants.inventory.address"));
  Write("participants:\n  In-ventory: {address: a}\n");
  EXPECT_THAT(Refused(), HasSubstr("'In-ventory' cannot name a participant"));
  Write("");
  sources_.participants = {"inventory"};
  EXPECT_THAT(Refused(), HasSubstr("expected name=address"));
}

TEST_F(ConfigTest, EachSettingIsShownWithWhereItCameFromAndWithoutSecrets) {
  Write("store: postgres://skald:geheim@db/skald\n");
  sources_.environment = {"SKALD_GRACE=1s"};
  sources_.flags = {{"listen", "127.0.0.1:3"}};
  const absl::StatusOr<LoadedConfig> loaded = LoadConfig(sources_);
  ASSERT_TRUE(loaded.ok());
  const std::string text = ShowConfig(*loaded, ShowOrigins::kYes);
  EXPECT_THAT(text, HasSubstr("# flag --listen\n"));
  EXPECT_THAT(text, HasSubstr("# environment SKALD_GRACE\n"));
  EXPECT_THAT(text, HasSubstr("store: postgres://skald:***@db/skald"));
  EXPECT_THAT(text, HasSubstr("# " + sources_.file + ":1\n"));
  EXPECT_THAT(text, HasSubstr("# default\n"));
  EXPECT_THAT(text, Not(HasSubstr("geheim")));
}

TEST_F(ConfigTest, WhatIsShownCanBeLoadedAgain) {
  sources_.participants = {"inventory=a:1"};
  sources_.flags = {{"engine.drain", "1m30s"}, {"limits.state", "1025"}};
  const absl::StatusOr<LoadedConfig> loaded = LoadConfig(sources_);
  ASSERT_TRUE(loaded.ok());
  const std::string shown = ShowConfig(*loaded, ShowOrigins::kNo);
  Write(shown);
  sources_.participants = {};
  sources_.flags = {};
  const absl::StatusOr<LoadedConfig> again = LoadConfig(sources_);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(ShowConfig(*again, ShowOrigins::kNo), shown);
}

TEST(SettingsTest, EveryDefaultIsAValueThatTheSettingTakes) {
  for (const auto& setting : Settings()) {
    Config config;
    EXPECT_TRUE(Assign(setting, setting.key, Show(setting, Config()), config).ok()) << setting.key;
  }
}

TEST(SettingsTest, TheManualHoldsTheTableThatTheProgramPrints) {
  std::ostringstream manual;
  manual << std::ifstream("docs/OPERATIONS.md").rdbuf();
  EXPECT_THAT(manual.str(), HasSubstr(SettingsAsMarkdown()))
      << "write the output of `skaldd config --markdown` into it";
}

TEST(ValuesTest, PasswordsAreMaskedWhereverTheyStand) {
  EXPECT_EQ(MaskSecrets("postgres://u:p@ss@h:5/d"), "postgres://u:***@h:5/d");
  EXPECT_EQ(MaskSecrets("postgres://u@h/d?password=x&a=b"), "postgres://u@h/d?password=***&a=b");
  EXPECT_EQ(MaskSecrets("postgres://h:5/d"), "postgres://h:5/d");
  EXPECT_EQ(MaskSecrets("sqlite:skald.db"), "sqlite:skald.db");
}

absl::StatusOr<CommandLine> Parsed(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "skaldd");
  return ParseCommandLine(static_cast<int>(arguments.size()), arguments.data());
}

TEST(CommandLineTest, ServesUnlessToldOtherwise) {
  EXPECT_EQ(Parsed({})->command, CommandLine::Command::kServe);
  EXPECT_EQ(Parsed({"serve"})->command, CommandLine::Command::kServe);
  EXPECT_EQ(Parsed({"version"})->command, CommandLine::Command::kVersion);
  EXPECT_EQ(Parsed({"definitions", "--mermaid", "trip"})->command, CommandLine::Command::kPicture);
  EXPECT_EQ(Parsed({"config", "--markdown"})->command, CommandLine::Command::kConfigMarkdown);
}

TEST(CommandLineTest, TakesFlagsBeforeAndAfterTheCommand) {
  const auto line =
      Parsed({"--listen", "a:1", "config", "--sources", "--engine-shards=3", "--participant",
              "a=b:1", "--participant", "c=d:1", "--config", "x.yaml"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->command, CommandLine::Command::kConfig);
  EXPECT_EQ(line->origins, ShowOrigins::kYes);
  EXPECT_THAT(line->sources.flags,
              testing::UnorderedElementsAre(testing::Pair("listen", "a:1"),
                                            testing::Pair("engine.shards", "3")));
  EXPECT_THAT(line->sources.participants, testing::ElementsAre("a=b:1", "c=d:1"));
  EXPECT_EQ(line->sources.file, "x.yaml");
}

TEST(CommandLineTest, AnUnknownFlagIsRefusedWithASuggestion) {
  EXPECT_EQ(Message(Parsed({"--lisen=a:1"}).status()),
            "unknown argument '--lisen': did you mean '--listen'?");
  EXPECT_EQ(Message(Parsed({"sevre"}).status()), "unknown argument 'sevre': did you mean 'serve'?");
}

}  // namespace
}  // namespace skald::server
