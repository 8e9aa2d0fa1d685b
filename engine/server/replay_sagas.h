// Runs definitions over the histories of stored sagas (engine/core/replay.h): would they go the
// same way with the definitions that this program holds? What authors ask before they ship a new
// version, or a new release of this program. Reads only.
//
// Threading: plain function; blocks as long as the store does.
#ifndef SKALD_ENGINE_SERVER_REPLAY_SAGAS_H_
#define SKALD_ENGINE_SERVER_REPLAY_SAGAS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "engine/server/command_line.h"
#include "sagas/registry.h"
#include "storage/filter.h"
#include "storage/store.h"

namespace skald::server {

struct ReplayPlan {
  // Which sagas, newest first, and how many of them.
  Filter filter;
  int64_t limit = 0;
  // What they are run through; null: each through the definition that it was started with.
  const Definition* against = nullptr;
};

struct ReplayCounts {
  int64_t same = 0;
  int64_t differ = 0;
  // The same as far as the history tells.
  int64_t end_early = 0;
  // Not run: this program lacks their definition. By label.
  std::map<std::string, int64_t> lacking;
  // There are more sagas than the limit.
  bool more = false;
};

// INVALID_ARGUMENT: a name, a filter or a limit is none. NOT_FOUND: this program lacks the
// definition to run them through.
absl::StatusOr<ReplayPlan> PlanReplay(const CommandLine::Replay& request, const Registry& registry,
                                      absl::Time now);

// Gives `print` one line for each saga that would go another way. Errors: those of the store.
absl::StatusOr<ReplayCounts> ReplaySagas(const ReplayPlan& plan, const Registry& registry,
                                         Store& store,
                                         const std::function<void(std::string_view)>& print);

// "read 12 sagas: 10 go the same way, 1 another, 1 ...", and what else there is to say, a line
// each.
std::string Summary(const ReplayCounts& counts);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_REPLAY_SAGAS_H_
