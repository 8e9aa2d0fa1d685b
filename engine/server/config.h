// What a server is told: by flag, environment, file or default, in that order. Plain values, filled
// by LoadConfig (config_load.h) from the one table of settings (settings.h), immutable afterwards.
#ifndef SKALD_ENGINE_SERVER_CONFIG_H_
#define SKALD_ENGINE_SERVER_CONFIG_H_

#include <cstddef>
#include <map>
#include <string>

#include "absl/time/time.h"
#include "engine/runtime/engine.h"

namespace skald::server {

// Where a participant lives, and how it is treated.
struct ParticipantSettings {
  // As gRPC takes it: "dns:///inventory:50051", "127.0.0.1:50051", "unix:/run/inventory.sock".
  std::string address;
  // Calls under way at once; what comes on top waits without using up attempts.
  int concurrency = 64;
  // The breaker opens after so many uncertain outcomes in a row, for so long; then one call probes.
  int breaker_failures = 5;
  absl::Duration breaker_open = absl::Seconds(60);
};

// What a request may ask for, and what a connection may cost.
struct RequestLimits {
  int id = 128;
  int labels = 32;
  int label = 256;
  int page = 1000;
  // Waits and watches that are open at once.
  int watches = 10'000;
  // Streams of one connection.
  int streams = 1000;
  size_t metadata = size_t{16} << 10;
  absl::Duration connection_idle = absl::Hours(1);
};

// The threads that read the store for clients.
struct ReaderSettings {
  int threads = 4;
  // Reads that wait for a thread; beyond it they answer RESOURCE_EXHAUSTED.
  int queue = 1000;
};

struct LogSettings {
  std::string level = "info";
  std::string format = "text";
};

struct Config {
  std::string listen = "127.0.0.1:7600";
  bool insecure_listen = false;
  std::string store = "sqlite:skald.db";
  // Shared libraries of sagas, separated by commas.
  std::string sagas;
  // How long a stopping server waits for calls of clients.
  absl::Duration grace = absl::Seconds(5);
  // By logical name.
  std::map<std::string, ParticipantSettings> participants;
  // Also holds the limits that the core enforces.
  runtime::EngineOptions engine;
  RequestLimits limits;
  ReaderSettings readers;
  LogSettings log;
};

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_CONFIG_H_
