#include "engine/server/replay_command.h"

#include <fmt/core.h>

#include "absl/time/clock.h"
#include "base/status.h"
#include "engine/server/exit_code.h"
#include "engine/server/open_store.h"
#include "engine/server/replay_sagas.h"

namespace skald::server {

int RunReplay(const CommandLine::Replay& request, const Config& config, const Registry& registry) {
  const absl::StatusOr<ReplayPlan> plan = PlanReplay(request, registry, absl::Now());
  if (!plan.ok()) return Fail(kWrongUse, Message(plan.status()));
  const auto store = OpenStore(config, StoreAccess::kRead);
  if (!store.ok()) return Fail(kCannotRun, Message(store.status()));
  const absl::StatusOr<ReplayCounts> counts =
      ReplaySagas(*plan, registry, **store,
                  [](std::string_view difference) { fmt::print("{}\n", difference); });
  if (!counts.ok()) return Fail(kCannotRun, Message(counts.status()));
  fmt::print("{}", Summary(*counts));
  return counts->differ == 0 ? 0 : kOtherWay;
}

}  // namespace skald::server
