// skaldctl completion, reference: what is made from the command tree itself.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "admin/skaldctl/app.h"
#include "admin/skaldctl/commands.h"

namespace skald::ctl {
namespace {

// Commands without a group are not for everyone, and not in the help.
std::vector<const CLI::App*> VisibleCommands(const CLI::App& app) {
  std::vector<const CLI::App*> commands = app.get_subcommands({});
  commands.erase(
      std::remove_if(commands.begin(), commands.end(),
                     [](const CLI::App* command) { return command->get_group().empty(); }),
      commands.end());
  return commands;
}

std::vector<std::string> Flags(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  }
  return flags;
}

// A case of the script: what may follow the words `path`.
void AppendCase(const CLI::App& app, const std::string& path,
                const std::vector<std::string>& shared, std::string& out) {
  std::vector<std::string> words;
  for (const CLI::App* command : VisibleCommands(app)) words.push_back(command->get_name());
  for (const std::string& flag : Flags(app)) {
    if (std::find(shared.begin(), shared.end(), flag) == shared.end()) words.push_back(flag);
  }
  out += fmt::format("    '{}') words='{}' ;;\n", path, fmt::join(words, " "));
  for (const CLI::App* command : VisibleCommands(app)) {
    const std::string name = command->get_name();
    AppendCase(*command, path.empty() ? name : path + " " + name, shared, out);
  }
}

std::string BashCompletion() {
  Session session;
  const auto root = BuildApp(session);
  const std::vector<std::string> shared = Flags(*root);
  std::string cases;
  AppendCase(*root, "", shared, cases);
  return fmt::format(R"(# bash completion of skaldctl: source <(skaldctl completion bash)
_skaldctl() {{
  local path='' word words i
  for ((i = 1; i < COMP_CWORD && i < 3; ++i)); do
    word="${{COMP_WORDS[i]}}"
    [[ "$word" == -* ]] && break
    path="${{path:+$path }}$word"
  done
  case "$path" in
{}    *) words='' ;;
  esac
  case "${{COMP_WORDS[COMP_CWORD-1]}}" in
    -o|--output) words='table wide json jsonl yaml name' ;;
    *) words="$words {}" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _skaldctl skaldctl
)",
                     cases, fmt::join(shared, " "));
}

void AppendReference(const CLI::App& app, const std::string& name, std::string& out) {
  out += fmt::format("\n## {}\n\n```\n{}```\n", name, app.help(name.substr(0, name.rfind(' '))));
  for (const CLI::App* command : VisibleCommands(app)) {
    AppendReference(*command, name + " " + command->get_name(), out);
  }
}

std::string Reference() {
  Session session;
  const auto root = BuildApp(session);
  std::string out =
      "# skaldctl\n\nThe help of every command. Made by `skaldctl reference > docs/skaldctl.md`; a "
      "test checks that it is\ncurrent.\n\n```\n" +
      root->help() + "```\n";
  for (const CLI::App* command : VisibleCommands(*root)) {
    AppendReference(*command, "skaldctl " + command->get_name(), out);
  }
  return out;
}

}  // namespace

void AddShellCommands(CLI::App& root, Session& session) {
  CLI::App& completion =
      AddGroup(root, "completion", "Completion for shells", "source <(skaldctl completion bash)");
  AddCommand(completion, session, "bash", "Print the script that completes skaldctl in bash",
             "source <(skaldctl completion bash)", [](Session& s) {
               s.Out(BashCompletion());
               return ExitCode::kOk;
             });
  // For those who write the documentation: not in the help.
  AddCommand(root, session, "reference", "Print docs/skaldctl.md",
             "skaldctl reference > docs/skaldctl.md",
             [](Session& s) {
               s.Out(Reference());
               return ExitCode::kOk;
             })
      .group("");
}

}  // namespace skald::ctl
