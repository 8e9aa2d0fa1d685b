#include "engine/server/config_load.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/status.h"
#include "base/text.h"
#include "engine/server/config_file.h"
#include "engine/server/settings.h"

namespace skald::server {
namespace {

constexpr std::string_view kParticipants = "participants.";
constexpr std::string_view kParticipantsVariable = "SKALD_PARTICIPANTS";
// Names the file, not a setting.
constexpr std::string_view kConfigVariable = "SKALD_CONFIG";

// What is in the environment under our prefix but not for the server: the command line's and the
// tests' variables, and those that Kubernetes makes for a service called "skald".
constexpr std::array<std::string_view, 9> kForOthers = {
    "SKALD_ADDRESS", "SKALD_PROFILE", "SKALD_TOKEN_FILE", "SKALD_TLS_",     "SKALD_TIMEOUT",
    "SKALD_OUTPUT",  "SKALD_TEST_",   "SKALD_PORT",       "SKALD_SERVICE_",
};

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool IsForOthers(std::string_view variable) {
  return std::any_of(kForOthers.begin(), kForOthers.end(),
                     [&](std::string_view prefix) { return StartsWith(variable, prefix); });
}

bool IsParticipantName(std::string_view name) {
  if (name.empty() || name[0] < 'a' || name[0] > 'z') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

template <typename Struct>
const Setting<Struct>* FindSetting(std::span<const Setting<Struct>> settings,
                                   std::string_view key) {
  for (const Setting<Struct>& setting : settings) {
    if (setting.key == key) return &setting;
  }
  return nullptr;
}

// ": did you mean 'x'?", or nothing.
template <typename Range>
std::string Suggestion(std::string_view word, const Range& known) {
  const std::string_view nearest = Nearest(word, known);
  return nearest.empty() ? "" : fmt::format(": did you mean '{}'?", nearest);
}

class Loader {
 public:
  void TakeFile(const ConfigSources& sources);
  void TakeEnvironment(const std::vector<std::string>& environment);
  void TakeFlags(const ConfigSources& sources);
  void CheckWhole();

  absl::StatusOr<LoadedConfig> Result() && {
    if (!errors_.empty()) {
      errors_.pop_back();
      return InvalidArgument("{}", errors_);
    }
    return std::move(loaded_);
  }

 private:
  void Fail(std::string_view where, std::string_view what) {
    errors_ += fmt::format("{}: {}\n", where, what);
  }
  void Set(std::string_view key, std::string_view text, const std::string& origin);
  void SetOfParticipant(std::string_view name, std::string_view key, std::string_view text,
                        const std::string& origin);
  void SetAddress(std::string_view assignment, const std::string& origin);
  void FailUnknown(std::string_view key, const std::string& origin);

  LoadedConfig loaded_;
  std::string errors_;
};

void Loader::Set(std::string_view key, std::string_view text, const std::string& origin) {
  if (StartsWith(key, kParticipants)) {
    const std::string_view rest = key.substr(kParticipants.size());
    const size_t dot = rest.find('.');
    if (dot == std::string_view::npos) return SetOfParticipant(rest, "address", text, origin);
    return SetOfParticipant(rest.substr(0, dot), rest.substr(dot + 1), text, origin);
  }
  const Setting<Config>* setting = FindSetting(Settings(), key);
  if (setting == nullptr) return FailUnknown(key, origin);
  if (const absl::Status status = Assign(*setting, key, text, loaded_.config); !status.ok()) {
    return Fail(origin, Message(status));
  }
  loaded_.origins[std::string(key)] = origin;
}

void Loader::SetOfParticipant(std::string_view name, std::string_view key, std::string_view text,
                              const std::string& origin) {
  if (!IsParticipantName(name)) {
    return Fail(
        origin,
        fmt::format("'{}' cannot name a participant: expected a-z, then a-z, 0-9, _", name));
  }
  const Setting<ParticipantSettings>* setting = FindSetting(SettingsOfParticipant(), key);
  const std::string whole = fmt::format("{}{}.{}", kParticipants, name, key);
  if (setting == nullptr) {
    std::vector<std::string_view> known;
    for (const auto& each : SettingsOfParticipant()) known.push_back(each.key);
    return Fail(origin, fmt::format("unknown key '{}'{}", whole, Suggestion(key, known)));
  }
  ParticipantSettings& participant = loaded_.config.participants[std::string(name)];
  if (const absl::Status status = Assign(*setting, whole, text, participant); !status.ok()) {
    return Fail(origin, Message(status));
  }
  loaded_.origins[whole] = origin;
}

void Loader::SetAddress(std::string_view assignment, const std::string& origin) {
  const size_t equals = assignment.find('=');
  if (equals == std::string_view::npos) {
    return Fail(origin,
                fmt::format("'{}': expected name=address, such as inventory=dns:///inventory:50051",
                            assignment));
  }
  SetOfParticipant(assignment.substr(0, equals), "address", assignment.substr(equals + 1), origin);
}

void Loader::FailUnknown(std::string_view key, const std::string& origin) {
  std::vector<std::string_view> known = {"participants"};
  for (const auto& setting : Settings()) {
    known.push_back(setting.key);
    known.push_back(setting.key.substr(0, setting.key.find('.')));
  }
  // A misspelt group is the mistake, not each key in it.
  const std::string_view group = key.substr(0, key.find('.'));
  const bool group_known = std::find(known.begin(), known.end(), group) != known.end();
  const std::string_view word = group_known ? key : group;
  Fail(origin, fmt::format("unknown key '{}'{}", word, Suggestion(word, known)));
}

void Loader::TakeFile(const ConfigSources& sources) {
  const absl::StatusOr<std::vector<FileEntry>> entries = ReadConfigFile(sources.file);
  if (!entries.ok()) {
    if (absl::IsNotFound(entries.status()) && sources.need == ConfigSources::FileNeed::kIfThere)
      return;
    errors_ += fmt::format("{}\n", Message(entries.status()));
    return;
  }
  for (const FileEntry& entry : *entries) {
    Set(entry.key, entry.text, fmt::format("{}:{}", sources.file, entry.line));
  }
}

void Loader::TakeEnvironment(const std::vector<std::string>& environment) {
  for (const std::string& assignment : environment) {
    const std::string_view text = assignment;
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos || !StartsWith(text, "SKALD_")) continue;
    const std::string_view variable = text.substr(0, equals);
    std::string_view value = text.substr(equals + 1);
    const std::string origin = fmt::format("environment {}", variable);
    if (variable == kConfigVariable) continue;
    if (variable == kParticipantsVariable) {
      while (!value.empty()) {
        const std::string_view one = value.substr(0, value.find(','));
        SetAddress(one, origin);
        value.remove_prefix(std::min(value.size(), one.size() + 1));
      }
      continue;
    }
    std::vector<std::string> known = {std::string(kParticipantsVariable)};
    bool found = false;
    for (const auto& setting : Settings()) {
      known.push_back(VariableOf(setting.key));
      if (known.back() != variable) continue;
      Set(setting.key, value, origin);
      found = true;
    }
    if (!found && !IsForOthers(variable)) {
      Fail("environment",
           fmt::format("unknown variable '{}'{}", variable, Suggestion(variable, known)));
    }
  }
}

void Loader::TakeFlags(const ConfigSources& sources) {
  for (const auto& [key, text] : sources.flags) Set(key, text, fmt::format("flag {}", FlagOf(key)));
  for (const std::string& each : sources.participants) SetAddress(each, "flag --participant");
}

void Loader::CheckWhole() {
  for (const auto& [name, settings] : loaded_.config.participants) {
    if (settings.address.empty()) {
      Fail("configuration",
           fmt::format("participants.{0} has no address: write participants.{0}.address", name));
    }
  }
}

}  // namespace

absl::StatusOr<LoadedConfig> LoadConfig(const ConfigSources& sources) {
  Loader loader;
  loader.TakeFile(sources);
  loader.TakeEnvironment(sources.environment);
  loader.TakeFlags(sources);
  loader.CheckWhole();
  return std::move(loader).Result();
}

std::string ShowConfig(const LoadedConfig& loaded, ShowOrigins origins) {
  std::string text;
  const auto show = [&](const std::string& key, const std::string& value) {
    const std::string line = fmt::format("{}: {}", key, value);
    if (origins == ShowOrigins::kNo) {
      text += line + "\n";
      return;
    }
    const auto origin = loaded.origins.find(key);
    text += fmt::format("{:<48}  # {}\n", line,
                        origin == loaded.origins.end() ? "default" : origin->second);
  };
  for (const auto& setting : Settings())
    show(std::string(setting.key), Show(setting, loaded.config));
  for (const auto& [name, participant] : loaded.config.participants) {
    for (const auto& setting : SettingsOfParticipant()) {
      show(fmt::format("{}{}.{}", kParticipants, name, setting.key), Show(setting, participant));
    }
  }
  return text;
}

}  // namespace skald::server
