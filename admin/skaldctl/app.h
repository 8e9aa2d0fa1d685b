// The command line as a whole.
// Threading: confined.
#ifndef SKALD_ADMIN_SKALDCTL_APP_H_
#define SKALD_ADMIN_SKALDCTL_APP_H_

#include <memory>

#include "admin/skaldctl/session.h"

namespace CLI {
class App;
}  // namespace CLI

namespace skald::ctl {

// The command tree. `session` must outlive it.
std::unique_ptr<CLI::App> BuildApp(Session& session);

// Parses and runs; what main returns.
int Run(int argc, const char* const* argv);

}  // namespace skald::ctl

#endif  // SKALD_ADMIN_SKALDCTL_APP_H_
