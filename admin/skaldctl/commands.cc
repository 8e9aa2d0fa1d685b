#include "admin/skaldctl/commands.h"

#include <CLI/CLI.hpp>
#include <limits>

#include "admin/skaldctl/text.h"
#include "base/status.h"

namespace skald::ctl {

CLI::App& AddGroup(CLI::App& root, const std::string& name, const std::string& description,
                   const std::string& example) {
  CLI::App& group = *root.add_subcommand(name, description);
  // So that the flags that all commands share may stand behind the command too.
  group.fallthrough();
  group.require_subcommand(1);
  group.footer(fmt::format("Example:\n  {}", example));
  return group;
}

CLI::App& AddCommand(CLI::App& group, Session& session, const std::string& name,
                     const std::string& description, const std::string& example,
                     std::function<ExitCode(Session&)> run) {
  CLI::App& command = *group.add_subcommand(name, description);
  command.fallthrough();
  command.footer(fmt::format("Example:\n  {}", example));
  command.callback([&session, run = std::move(run)] { session.command = run; });
  return command;
}

void AddLimit(CLI::App& command, Limit& limit) {
  CLI::Option& most = AddNumber(command, "--limit", limit.most, "Show at most this many (50)");
  command.add_flag("--all", limit.all, "Show all of them")->excludes(&most);
}

CLI::Option& AddNumber(CLI::App& command, const std::string& flag, int& number,
                       const std::string& description) {
  // CLI11 would show the range as part of the flag's name.
  CLI::Validator from_one = CLI::Range(1, std::numeric_limits<int>::max());
  from_one.description("");
  return *command.add_option(flag, number, description)->type_name("N")->check(from_one);
}

void AddArgument(CLI::App& command, const std::string& name, std::string& value,
                 const std::string& description) {
  command.add_option(name, value, description)->required()->type_name("");
}

StatusOr<std::pair<std::string, int>> ParseDefinitionName(const std::string& text, int version) {
  const size_t at = text.find('@');
  if (at == std::string::npos) return std::pair(text, version);
  const std::string number = text.substr(at + 1);
  const bool is_number = !number.empty() && number.size() < 10 &&
                         number.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number || std::stoi(number) == 0) {
    return InvalidArgument("'{}': a version is a whole number from 1, as in place_order@3",
                           Printable(text));
  }
  if (version != 0 && version != std::stoi(number)) {
    return InvalidArgument("'{}' and --version {} contradict each other", Printable(text), version);
  }
  return std::pair(text.substr(0, at), std::stoi(number));
}

}  // namespace skald::ctl
