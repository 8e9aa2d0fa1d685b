#include "engine/server/config_file.h"

#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/status.h"

namespace skald::server {
namespace {

constexpr int kNesting = 8;

absl::Status ErrorAt(const std::string& path, const YAML::Mark& mark, std::string_view what) {
  return InvalidArgument("{}:{}: {}", path, mark.is_null() ? 1 : mark.line + 1, what);
}

absl::Status Flatten(const std::string& path, const YAML::Node& node, const std::string& prefix,
                     int depth, std::vector<FileEntry>& entries) {
  if (depth > kNesting) return ErrorAt(path, node.Mark(), "maps are nested too deep");
  std::set<std::string> seen;
  for (const auto& item : node) {
    if (!item.first.IsScalar()) return ErrorAt(path, item.first.Mark(), "a key must be a word");
    const std::string key = prefix + item.first.Scalar();
    if (!seen.insert(key).second) {
      return ErrorAt(path, item.first.Mark(), fmt::format("key '{}' comes twice", key));
    }
    if (item.second.IsMap()) {
      SKALD_RETURN_IF_ERROR(Flatten(path, item.second, key + ".", depth + 1, entries));
    } else if (item.second.IsScalar()) {
      entries.push_back({key, item.second.Scalar(), item.first.Mark().line + 1});
    } else if (!item.second.IsNull()) {
      return ErrorAt(path, item.second.Mark(),
                     fmt::format("'{}' is a list, expected one value", key));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<FileEntry>> Parse(const std::string& path, const std::string& text) {
  try {
    std::vector<FileEntry> entries;
    const YAML::Node root = YAML::Load(text);
    if (root.IsNull()) return entries;
    if (!root.IsMap()) return ErrorAt(path, root.Mark(), "expected 'key: value' lines");
    SKALD_RETURN_IF_ERROR(Flatten(path, root, "", 1, entries));
    return entries;
  } catch (const YAML::Exception& error) {
    return ErrorAt(path, error.mark, error.msg);
  }
}

}  // namespace

absl::StatusOr<std::vector<FileEntry>> ReadConfigFile(const std::string& path) {
  std::error_code code;
  if (!std::filesystem::exists(path, code)) return NotFound("there is no file {}", path);
  if (std::filesystem::is_directory(path, code)) return Unavailable("{} is a folder", path);
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return Unavailable("cannot read {}: {}", path, std::strerror(errno));
  return Parse(path, text.str());
}

}  // namespace skald::server
