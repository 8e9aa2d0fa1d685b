#include "engine/server/command_line.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <map>
#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "engine/server/settings.h"

namespace skald::server {
namespace {

// What CLI11 leaves over: a flag or a word that nobody knows.
absl::Status UnknownArgument(const std::string& argument) {
  std::vector<std::string> known = {"--config",    "--participant", "--help", "serve",  "config",
                                    "definitions", "lint",          "replay", "version"};
  for (const auto& setting : Settings()) known.push_back(FlagOf(setting.key));
  const std::string name = argument.substr(0, argument.find('='));
  const std::string_view nearest = Nearest(name, known);
  return InvalidArgument(
      "unknown argument '{}'{}", name,
      nearest.empty() ? " (see --help)" : fmt::format(": did you mean '{}'?", nearest));
}

void AddSettings(CLI::App& app, std::map<std::string_view, std::string>& values) {
  for (const auto& setting : Settings()) {
    CLI::Option* option =
        app.add_option(FlagOf(setting.key), values[setting.key],
                       fmt::format("{} [{}]", setting.help, Show(setting, Config())));
    option->group("Settings");
    if (setting.key == "sagas") option->join(',');
  }
}

CLI::App* AddReplay(CLI::App& app, CommandLine::Replay& replay) {
  CLI::App* command = app.add_subcommand(
      "replay", "Run definitions over the histories of stored sagas: would they go the same way?");
  command->add_option("--definition", replay.definition, "Sagas of this one: name or name@version");
  command->add_option("--against", replay.against,
                      "Run them through this one, not through what they were started with");
  command->add_option("--filter", replay.filter, "Sagas that this filter lets through");
  command->add_option("--limit", replay.limit, "So many sagas at the most, newest first [1000]");
  command->fallthrough();
  command->allow_extras();
  return command;
}

absl::StatusOr<CommandLine> Parse(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App app("Runs durable sagas: drives each to its end, or back.", "skaldd");
  app.allow_extras();
  app.require_subcommand(0, 1);
  std::map<std::string_view, std::string> values;
  AddSettings(app, values);
  std::string file;
  app.add_option("--config", file, "The file with settings [skaldd.yaml, if it is there]");
  app.add_option("--participant", line.sources.participants,
                 "A participant's address, as name=address; may be repeated")
      ->allow_extra_args(false);
  bool sources = false;
  bool markdown = false;
  const auto add = [&](const char* name, const char* help) {
    CLI::App* command = app.add_subcommand(name, help);
    command->fallthrough();
    command->allow_extras();
    return command;
  };
  add("serve", "Listen and run sagas (the default)");
  CLI::App* config = add("config", "Print the effective settings");
  config->add_flag("--sources", sources, "with where each came from");
  config->add_flag("--markdown", markdown, "all settings, as the table of the manual");
  CLI::App* definitions = add("definitions", "List the definitions that this program holds");
  definitions->add_option("--mermaid", line.definition, "Print this one's picture instead");
  CLI::App* lint = add("lint", "Print advice about the definitions; 2 if there is any");
  CLI::App* replay = AddReplay(app, line.replay);
  CLI::App* version = add("version", "Print the version");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    line.command = CommandLine::Command::kHelp;
    line.help = app.help();
    return line;
  } catch (const CLI::ParseError& error) {
    return InvalidArgument("{}", error.what());
  }
  if (const std::vector<std::string> left = app.remaining(true); !left.empty()) {
    return UnknownArgument(left.front());
  }
  if (app.got_subcommand(config)) {
    line.command = markdown ? CommandLine::Command::kConfigMarkdown : CommandLine::Command::kConfig;
  }
  if (app.got_subcommand(definitions)) {
    line.command = line.definition.empty() ? CommandLine::Command::kDefinitions
                                           : CommandLine::Command::kPicture;
  }
  if (app.got_subcommand(lint)) line.command = CommandLine::Command::kLint;
  if (app.got_subcommand(replay)) line.command = CommandLine::Command::kReplay;
  if (app.got_subcommand(version)) line.command = CommandLine::Command::kVersion;
  line.origins = sources ? ShowOrigins::kYes : ShowOrigins::kNo;
  if (app.count("--config") > 0) {
    line.sources.file = file;
    line.sources.need = ConfigSources::FileNeed::kRequired;
  }
  for (const auto& setting : Settings()) {
    if (app.count(FlagOf(setting.key)) > 0) {
      line.sources.flags.emplace_back(std::string(setting.key), values[setting.key]);
    }
  }
  return line;
}

}  // namespace

absl::StatusOr<CommandLine> ParseCommandLine(int argc, const char* const* argv) {
  try {
    return Parse(argc, argv);
  } catch (const CLI::Error& error) {
    return Internal("the command line: {}", error.what());
  }
}

}  // namespace skald::server
