// The commands of skaldctl, by group. Each Add function hangs a group into the command tree; what
// the command line chooses is left in Session::command.
//
// Threading: confined.
#ifndef SKALD_ADMIN_SKALDCTL_COMMANDS_H_
#define SKALD_ADMIN_SKALDCTL_COMMANDS_H_

#include <functional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "admin/skaldctl/session.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace skald::ctl {

void AddSagaCommands(CLI::App& root, Session& session);
void AddDeadLetterCommands(CLI::App& root, Session& session);
void AddAuditCommands(CLI::App& root, Session& session);
void AddDefinitionCommands(CLI::App& root, Session& session);
void AddServerCommands(CLI::App& root, Session& session);
void AddShellCommands(CLI::App& root, Session& session);

// Parts of the group `saga`.
void AddStart(CLI::App& group, Session& session);
void AddSignal(CLI::App& group, Session& session);
void AddComplete(CLI::App& group, Session& session);

// Groups such as `saga`, which do nothing by themselves. `example` is shown in the help.
CLI::App& AddGroup(CLI::App& root, const std::string& name, const std::string& description,
                   const std::string& example);

CLI::App& AddCommand(CLI::App& group, Session& session, const std::string& name,
                     const std::string& description, const std::string& example,
                     std::function<ExitCode(Session&)> run);

// One row, or whatever -o asks for.
ExitCode PrintSaga(Session& session, const v1::Saga& saga);
ExitCode PrintSagaOr(Session& session, const absl::StatusOr<v1::Saga>& saga);

enum class PictureFormat { kMermaid, kDot };

// Adds --format.
void AddPictureFormat(CLI::App& command, PictureFormat& format);
void PrintPicture(Session& session, const std::string& picture);

// The end of a saga as an exit code, once it is COMPLETED, COMPENSATED, DEAD_LETTERED or RESOLVED.
// `until`: when to give up.
ExitCode WaitForEnd(Session& session, const std::string& saga_id, absl::Time until);
// Prints each change of a saga until it ends.
ExitCode Watch(Session& session, const std::string& saga_id);

// How many things a list may have.
struct Limit {
  int most = 50;
  bool all = false;
};

// Adds --limit and --all.
void AddLimit(CLI::App& command, Limit& limit);
// A flag that takes a whole number from 1.
CLI::Option& AddNumber(CLI::App& command, const std::string& flag, int& number,
                       const std::string& description);
// What the command is about, such as `ID`; required.
void AddArgument(CLI::App& command, const std::string& name, std::string& value,
                 const std::string& description);

// `place_order@3` as name and version; 0 where no version is named. `version`: what --version said.
absl::StatusOr<std::pair<std::string, int>> ParseDefinitionName(const std::string& text,
                                                                int version);

}  // namespace skald::ctl

#endif  // SKALD_ADMIN_SKALDCTL_COMMANDS_H_
