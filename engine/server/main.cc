#include "engine/server/main.h"

#include <fmt/core.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "engine/server/command_line.h"
#include "engine/server/definition_commands.h"
#include "engine/server/examples.h"
#include "engine/server/exit_code.h"
#include "engine/server/log.h"
#include "engine/server/open_store.h"
#include "engine/server/replay_command.h"
#include "engine/server/saga_library.h"
#include "engine/server/serve.h"
#include "engine/server/server.h"
#include "engine/server/settings.h"
#include "sagas/registry.h"

namespace skald::server {
namespace {

using Command = CommandLine::Command;

absl::StatusOr<LoadedConfig> Load(ConfigSources sources) {
  for (char** variable = environ; *variable != nullptr; ++variable)
    sources.environment.emplace_back(*variable);
  for (const std::string& variable : sources.environment) {
    constexpr std::string_view kFile = "SKALD_CONFIG=";
    if (!variable.starts_with(kFile) || sources.need == ConfigSources::FileNeed::kRequired)
      continue;
    sources.file = variable.substr(kFile.size());
    sources.need = ConfigSources::FileNeed::kRequired;
  }
  return LoadConfig(sources);
}

absl::Status CheckConfig(const Config& config) {
  SKALD_RETURN_IF_ERROR(CheckListen(config));
  return CheckStore(config);
}

int ServeIfReachable(const Config& config, const Registry& registry) {
  const std::vector<std::string> missing = MissingParticipants(config, registry);
  for (const std::string& message : missing) Fail(kWrongUse, message);
  return missing.empty() ? Serve(config, registry) : kWrongUse;
}

// Those commands that need the definitions.
int Run(const CommandLine& line, const Config& config, const Registry& registry) {
  switch (line.command) {
    case Command::kDefinitions: return PrintDefinitions(registry);
    case Command::kPicture: return PrintPicture(registry, line.definition);
    case Command::kLint: return PrintAdvice(registry);
    case Command::kReplay: return RunReplay(line.replay, config, registry);
    default: return ServeIfReachable(config, registry);
  }
}

bool NeedsNoStore(Command command) {
  return command == Command::kDefinitions || command == Command::kPicture ||
         command == Command::kLint;
}

}  // namespace

int Main(int argc, char** argv, std::vector<Definition> definitions,
         std::vector<Definition> examples) {
  const absl::StatusOr<CommandLine> line = ParseCommandLine(argc, argv);
  if (!line.ok()) return Fail(kWrongUse, Message(line.status()));
  switch (line->command) {
    case Command::kHelp: fmt::print("{}", line->help); return 0;
    case Command::kVersion: fmt::print("skaldd {}\n", SKALD_VERSION); return 0;
    case Command::kConfigMarkdown: fmt::print("{}", SettingsAsMarkdown()); return 0;
    default: break;
  }
  const absl::StatusOr<LoadedConfig> loaded = Load(line->sources);
  if (!loaded.ok()) return Fail(kWrongUse, Message(loaded.status()));
  const Config& config = loaded->config;
  if (!NeedsNoStore(line->command)) {
    if (const absl::Status good = CheckConfig(config); !good.ok()) {
      return Fail(kWrongUse, Message(good));
    }
  }
  if (line->command == Command::kConfig) {
    fmt::print("{}", ShowConfig(*loaded, line->origins));
    return 0;
  }
  std::vector<std::string> left_out;
  if (line->command == Command::kServe) {
    ExampleChoice choice = ChooseExamples(std::move(examples), config);
    examples = std::move(choice.offered);
    left_out = std::move(choice.left_out);
  }
  definitions.insert(definitions.end(), std::make_move_iterator(examples.begin()),
                     std::make_move_iterator(examples.end()));
  Registry registry;
  const absl::Status added =
      RegisterSagas(std::move(definitions), SplitPaths(config.sagas), registry);
  if (!added.ok()) return Fail(kWrongUse, Message(added));
  if (line->command == Command::kServe && registry.All().empty()) {
    for (const std::string& example : left_out) Fail(kWrongUse, example);
    return Fail(kWrongUse,
                "there is no saga to serve: name libraries with --sagas, or the "
                "participants of an example with --participant");
  }
  // Not before: a library that cannot be loaded is told by what protobuf says of it to stderr.
  if (line->command == Command::kServe) SetUpLog(config.log);
  for (const std::string& example : left_out) spdlog::info("{}", example);
  return Run(*line, config, registry);
}

}  // namespace skald::server
