#include "engine/server/serve.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/status.h"
#include "engine/runtime/grpc_caller.h"
#include "engine/server/exit_code.h"
#include "engine/server/open_store.h"
#include "engine/server/server.h"
#include "engine/server/signals.h"
#include "engine/server/values.h"
#include "engine/server/version_check.h"

namespace skald::server {
namespace {

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

// INVALID_ARGUMENT: our definitions and the store's do not go together. It is found out whenever
// the store is opened, be it long after the start.
absl::StatusOr<std::unique_ptr<Store>> OpenChecked(const Config& config, const Registry& registry) {
  SKALD_ASSIGN_OR_RETURN(std::unique_ptr<Store> store, OpenStore(config, StoreAccess::kWrite));
  SKALD_ASSIGN_OR_RETURN(const VersionFindings findings, CompareVersions(registry, *store));
  for (const std::string& warning : findings.warnings) spdlog::warn("{}", warning);
  if (!findings.errors.empty()) return InvalidArgument("{}", fmt::join(findings.errors, "\n"));
  return store;
}

int ExitCodeFor(const absl::Status& refused) {
  return absl::IsInvalidArgument(refused) ? kWrongUse : kCannotRun;
}

}  // namespace

int Serve(Config config, const Registry& registry) {
  auto records = DefinitionRecords(registry);
  if (!records.ok()) return Fail(kWrongUse, Message(records.status()));
  config.engine.definition_records = *std::move(records);
  Ending ending;
  Signals signals([&ending](int signal) {
    spdlog::info("signal {}: stopping (a second one ends at once)", signal);
    ending.Begin(0);
  });
  runtime::GrpcCaller caller(CallerOptions(config));
  const RealClock clock;
  Server server(
      config, registry,
      {.open_store = [&] { return OpenChecked(config, registry); },
       .caller = &caller,
       .clock = &clock,
       .on_refused = [&ending](const absl::Status& why) { ending.Begin(ExitCodeFor(why)); },
       .keeper = {}});
  const absl::StatusOr<std::string> address = server.Start();
  if (!address.ok()) return Fail(ExitCodeFor(address.status()), Message(address.status()));
  fmt::print("skaldd {} listening on {} (store {}{})\n", SKALD_VERSION, *address,
             MaskSecrets(config.store), server.Serving() ? "" : ", away: trying again");
  std::fflush(stdout);
  spdlog::info("skaldd {} listening on {}", SKALD_VERSION, *address);
  const int exit_code = ending.Wait();
  server.Stop();
  spdlog::info("stopped");
  return exit_code;
}

}  // namespace skald::server
