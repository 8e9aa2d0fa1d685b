#include "engine/server/main.h"

#include <fmt/core.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/status.h"
#include "engine/runtime/grpc_caller.h"
#include "engine/server/command_line.h"
#include "engine/server/input.h"
#include "engine/server/log.h"
#include "engine/server/server.h"
#include "engine/server/settings.h"
#include "engine/server/signals.h"
#include "engine/server/values.h"
#include "sagas/picture.h"
#include "sagas/registry.h"
#include "storage/postgres/postgres_store.h"
#include "storage/sqlite/sqlite_store.h"

namespace skald::server {
namespace {

constexpr int kCannotRun = 1;
constexpr int kWrongUse = 2;

bool StartsWith(const std::string& text, std::string_view prefix) {
  return std::string_view(text).substr(0, prefix.size()) == prefix;
}

// The store that the setting names. INVALID_ARGUMENT: none of ours.
absl::StatusOr<std::unique_ptr<Store>> OpenStore(const Config& config) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (StartsWith(config.store, kSqlite))
    return OpenSqliteStore({.path = config.store.substr(kSqlite.size())});
  return OpenPostgresStore({.url = config.store, .read_connections = config.readers.threads});
}

absl::Status CheckStore(const Config& config) {
  for (const std::string_view known : {"sqlite:", "postgres://", "postgresql://"}) {
    if (StartsWith(config.store, known) && config.store.size() > known.size())
      return absl::OkStatus();
  }
  return InvalidArgument(
      "store: '{}' names no store: expected sqlite:<path> or postgres://user@host/database",
      MaskSecrets(config.store));
}

runtime::GrpcCallerOptions CallerOptions(const Config& config) {
  runtime::GrpcCallerOptions options;
  for (const auto& [name, settings] : config.participants) {
    options.participants.emplace(
        name, runtime::GrpcParticipant{.address = settings.address,
                                       .gate = {.concurrency = settings.concurrency,
                                                .failures = settings.breaker_failures,
                                                .open_for = settings.breaker_open},
                                       .max_reply = static_cast<int>(config.engine.limits.message),
                                       .max_metadata = static_cast<int>(config.limits.metadata)});
  }
  return options;
}

// What ends the process: a signal, or a store that is refused. Locked.
class Ending {
 public:
  void Begin(int exit_code) {
    {
      MutexLock lock(mutex_);
      if (begun_) return;
      begun_ = true;
      exit_code_ = exit_code;
    }
    changed_.NotifyAll();
  }
  int Wait() {
    MutexLock lock(mutex_);
    while (!begun_) changed_.Wait(lock);
    return exit_code_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool begun_ SKALD_GUARDED_BY(mutex_) = false;
  int exit_code_ SKALD_GUARDED_BY(mutex_) = 0;
};

int Fail(int exit_code, std::string_view message) {
  fmt::print(stderr, "skaldd: {}\n", message);
  return exit_code;
}

int FailLines(int exit_code, std::string_view messages) {
  while (!messages.empty()) {
    const std::string_view line = messages.substr(0, messages.find('\n'));
    Fail(exit_code, line);
    messages.remove_prefix(std::min(messages.size(), line.size() + 1));
  }
  return exit_code;
}

int Serve(const Config& config, const Registry& registry) {
  Ending ending;
  Signals signals([&ending](int signal) {
    spdlog::info("signal {}: stopping (a second one ends at once)", signal);
    ending.Begin(0);
  });
  SetUpLog(config.log);
  runtime::GrpcCaller caller(CallerOptions(config));
  const RealClock clock;
  Server server(config, registry,
                {.open_store = [&config] { return OpenStore(config); },
                 .caller = &caller,
                 .clock = &clock,
                 .on_refused = [&ending](const absl::Status&) { ending.Begin(kCannotRun); },
                 .keeper = {}});
  const absl::StatusOr<std::string> address = server.Start();
  if (!address.ok()) {
    return Fail(absl::IsInvalidArgument(address.status()) ? kWrongUse : kCannotRun,
                Message(address.status()));
  }
  fmt::print("skaldd {} listening on {} (store {}{})\n", SKALD_VERSION, *address,
             MaskSecrets(config.store), server.Serving() ? "" : ", away: trying again");
  std::fflush(stdout);
  spdlog::info("skaldd {} listening on {}", SKALD_VERSION, *address);
  const int exit_code = ending.Wait();
  server.Stop();
  spdlog::info("stopped");
  return exit_code;
}

int PrintPicture(const Registry& registry, const std::string& name) {
  const size_t at = name.find('@');
  int version = 0;
  if (at != std::string::npos) {
    const absl::StatusOr<int64_t> number = ParseCount(std::string_view(name).substr(at + 1));
    if (!number.ok())
      return Fail(kWrongUse, fmt::format("'{}': expected name or name@version", name));
    version = static_cast<int>(*number);
  }
  const auto definition = FindDefinition(registry, name.substr(0, at), version);
  if (!definition.ok()) return Fail(kWrongUse, Message(definition.status()));
  fmt::print("{}", ToMermaid(**definition));
  return 0;
}

int PrintDefinitions(const Registry& registry) {
  for (const Definition* definition : registry.All()) {
    std::string participants;
    for (const std::string& name : ParticipantsOf(*definition)) {
      participants += fmt::format("{}{}", participants.empty() ? "" : ",", name);
    }
    fmt::print("{:<32} {:<32} {} {}\n", Label(*definition), definition->state_type,
               definition->fingerprint, participants);
  }
  return 0;
}

absl::StatusOr<LoadedConfig> Load(ConfigSources sources) {
  for (char** variable = environ; *variable != nullptr; ++variable)
    sources.environment.emplace_back(*variable);
  for (const std::string& variable : sources.environment) {
    constexpr std::string_view kFile = "SKALD_CONFIG=";
    if (!StartsWith(variable, kFile) || sources.need == ConfigSources::FileNeed::kRequired)
      continue;
    sources.file = variable.substr(kFile.size());
    sources.need = ConfigSources::FileNeed::kRequired;
  }
  SKALD_ASSIGN_OR_RETURN(LoadedConfig loaded, LoadConfig(sources));
  SKALD_RETURN_IF_ERROR(CheckListen(loaded.config));
  SKALD_RETURN_IF_ERROR(CheckStore(loaded.config));
  return loaded;
}

}  // namespace

int Main(int argc, char** argv, std::vector<Definition> definitions) {
  using Command = CommandLine::Command;
  const absl::StatusOr<CommandLine> line = ParseCommandLine(argc, argv);
  if (!line.ok()) return FailLines(kWrongUse, Message(line.status()));
  switch (line->command) {
    case Command::kHelp: fmt::print("{}", line->help); return 0;
    case Command::kVersion: fmt::print("skaldd {}\n", SKALD_VERSION); return 0;
    case Command::kConfigMarkdown: fmt::print("{}", SettingsAsMarkdown()); return 0;
    default: break;
  }
  Registry registry;
  if (const absl::Status added = registry.Add(std::move(definitions)); !added.ok()) {
    return FailLines(kWrongUse, Message(added));
  }
  if (line->command == Command::kDefinitions) return PrintDefinitions(registry);
  if (line->command == Command::kPicture) return PrintPicture(registry, line->definition);
  const absl::StatusOr<LoadedConfig> loaded = Load(line->sources);
  if (!loaded.ok()) return FailLines(kWrongUse, Message(loaded.status()));
  if (line->command == Command::kConfig) {
    fmt::print("{}", ShowConfig(*loaded, line->origins));
    return 0;
  }
  if (const auto missing = MissingParticipants(loaded->config, registry); !missing.empty()) {
    for (const std::string& message : missing) Fail(kWrongUse, message);
    return kWrongUse;
  }
  return Serve(loaded->config, registry);
}

}  // namespace skald::server
