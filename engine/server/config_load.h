// From what a server is told, in whatever place, to its Config. Pure but for reading the file.
#ifndef SKALD_ENGINE_SERVER_CONFIG_LOAD_H_
#define SKALD_ENGINE_SERVER_CONFIG_LOAD_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/server/config.h"

namespace skald::server {

// Where settings may come from, weakest first.
struct ConfigSources {
  // Its absence is an error only if it was asked for by name.
  std::string file = "skaldd.yaml";
  enum class FileNeed { kIfThere, kRequired } need = FileNeed::kIfThere;
  // As in environ: "SKALD_LISTEN=127.0.0.1:7600"; others are ignored.
  std::vector<std::string> environment;
  // Key and value of each flag that was given.
  std::vector<std::pair<std::string, std::string>> flags;
  // "inventory=dns:///inventory:50051", one per flag --participant.
  std::vector<std::string> participants;
};

struct LoadedConfig {
  Config config;
  // By key: "flag --listen", "environment SKALD_LISTEN", "skaldd.yaml:3". Absent: the default.
  std::map<std::string, std::string> origins;
};

// INVALID_ARGUMENT: one line per mistake, each with its place, the key, what is wrong and what is
// expected; an unknown key comes with the nearest known one.
absl::StatusOr<LoadedConfig> LoadConfig(const ConfigSources& sources);

enum class ShowOrigins { kNo, kYes };

// One line per setting, "key: value", secrets masked; with kYes each with where it came from.
std::string ShowConfig(const LoadedConfig& loaded, ShowOrigins origins);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_CONFIG_LOAD_H_
