// A whole server: listens, serves, stops. What it stands on (store, participants) comes from
// outside.
//
//   Server server(config, registry, parts);
//   SKALD_ASSIGN_OR_RETURN(const std::string address, server.Start());
//   ...
//   server.Stop();
//
// Threading: confined to one thread; `on_refused` comes from another.
#ifndef SKALD_ENGINE_SERVER_SERVER_H_
#define SKALD_ENGINE_SERVER_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "engine/runtime/participant_caller.h"
#include "engine/server/config.h"
#include "engine/server/store_keeper.h"
#include "sagas/registry.h"
#include "storage/store.h"

namespace skald::server {

class Server final {
 public:
  struct Parts {
    std::function<absl::StatusOr<std::unique_ptr<Store>>()> open_store;
    runtime::ParticipantCaller* caller = nullptr;
    const Clock* clock = nullptr;
    // The store was refused for good, perhaps after Start has returned. From the keeper's thread.
    std::function<void(const absl::Status&)> on_refused;
    StoreKeeper::Options keeper;
  };

  // `registry`, caller and clock must outlive it.
  Server(const Config& config, const Registry& registry, Parts parts);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Listens, then tries to open the store once; goes on trying in the background if it is away.
  // Returns the address with the port that was taken. UNAVAILABLE: cannot listen. Other errors:
  // those of a store that no waiting makes good. Call once.
  absl::StatusOr<std::string> Start();

  // True once the store has been opened, and takes writes as far as is known.
  [[nodiscard]] bool Serving() const;

  // Health NOT_SERVING; waiting calls are answered, watches ended; no new calls; those under way
  // get Config::grace; then the engine stops. May be called again.
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// INVALID_ARGUMENT: `listen` is off loopback and that was not allowed.
absl::Status CheckListen(const Config& config);

// One message for each participant that a definition calls and that has no address, saying what to
// write.
std::vector<std::string> MissingParticipants(const Config& config, const Registry& registry);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_SERVER_H_
