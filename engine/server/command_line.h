// What a server is told on its command line. Pure function.
#ifndef SKALD_ENGINE_SERVER_COMMAND_LINE_H_
#define SKALD_ENGINE_SERVER_COMMAND_LINE_H_

#include <string>

#include "absl/status/statusor.h"
#include "engine/server/config_load.h"

namespace skald::server {

struct CommandLine {
  enum class Command {
    kServe,
    kConfig,
    kConfigMarkdown,
    kDefinitions,
    kPicture,
    kLint,
    kReplay,
    kVersion,
    kHelp
  };
  // As they were given.
  struct Replay {
    // Which sagas: "place_order@3" or "place_order"; empty: of all definitions.
    std::string definition;
    // What they are run through; empty: what they were started with.
    std::string against;
    std::string filter;
    std::string limit = "1000";
  };
  Command command = Command::kServe;
  // Flags, and the file if it was named; not the environment.
  ConfigSources sources;
  // Of kConfig.
  ShowOrigins origins = ShowOrigins::kNo;
  // Of kPicture: a definition, "place_order" or "place_order@3".
  std::string definition;
  Replay replay;
  // Of kHelp: what to print.
  std::string help;
};

// INVALID_ARGUMENT: says what is wrong, with the nearest flag for an unknown one.
absl::StatusOr<CommandLine> ParseCommandLine(int argc, const char* const* argv);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_COMMAND_LINE_H_
