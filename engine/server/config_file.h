// A configuration file, flattened: nested maps become dotted keys, each with its line.
#ifndef SKALD_ENGINE_SERVER_CONFIG_FILE_H_
#define SKALD_ENGINE_SERVER_CONFIG_FILE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace skald::server {

struct FileEntry {
  // "engine.shards"
  std::string key;
  std::string text;
  // From 1.
  int line = 0;
};

// The entries in the order of the file. NOT_FOUND: there is no such file. INVALID_ARGUMENT: it is
// no YAML, or a value is a list, or a key comes twice; the message begins with "<path>:<line>:".
// UNAVAILABLE: it cannot be read.
absl::StatusOr<std::vector<FileEntry>> ReadConfigFile(const std::string& path);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_CONFIG_FILE_H_
