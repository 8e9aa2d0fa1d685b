#include "admin/skaldctl/app.h"

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "admin/skaldctl/commands.h"
#include "admin/skaldctl/text.h"
#include "base/text.h"

namespace skald::ctl {
namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 ok, 2 usage, 4 not found, 5 denied, 6 unavailable, 7 wrong state, 8 deadline,\n"
    "1 anything else; saga wait, watch and start --wait: 20 compensated, 21 dead-lettered,\n"
    "22 resolved.\n"
    "Example:\n  skaldctl saga list --filter 'status = RUNNING' -o wide";

void AddFlags(CLI::App& root, Flags& flags) {
  root.add_option("--address", flags.address, "The server (127.0.0.1:7600)")
      ->envname("SKALD_ADDRESS")
      ->type_name("HOST:PORT");
  root.add_option("--timeout", flags.timeout,
                  "How long a call may take (10s), or a wait in all (no limit)")
      ->type_name("DURATION");
  root.add_option("-o,--output", flags.output, "table, wide, json, jsonl, yaml or name (table)")
      ->type_name("FORMAT");
  root.add_option("--actor", flags.actor, "Who gives the order, for the audit (user@host)")
      ->type_name("WHO");
}

// The innermost command that was recognized.
const CLI::App& Innermost(const CLI::App& root) {
  const CLI::App* app = &root;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().back();
  return *app;
}

// Words that could have stood where `word` does.
std::vector<std::string> Candidates(const CLI::App& app, bool is_flag) {
  std::vector<std::string> words;
  if (!is_flag) {
    for (const CLI::App* command : app.get_subcommands({})) {
      if (!command->get_group().empty()) words.push_back(command->get_name());
    }
    return words;
  }
  for (const CLI::App* at = &app; at != nullptr; at = at->get_parent()) {
    for (const CLI::Option* option : at->get_options()) {
      for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
    }
  }
  return words;
}

// What was wrong, in our words where CLI11's say too little.
std::string DescribeMistake(const CLI::App& root, const CLI::ParseError& error) {
  const std::vector<std::string> left = root.remaining(true);
  const CLI::App& app = Innermost(root);
  const bool has_commands = !app.get_subcommands({}).empty();
  if (left.empty()) {
    if (!has_commands) return error.what();
    return fmt::format("a command is missing: there are {}",
                       fmt::join(Candidates(app, /*is_flag=*/false), ", "));
  }
  const std::string word = left[0].substr(0, left[0].find('='));
  const bool is_flag = word.size() > 1 && word[0] == '-';
  const std::vector<std::string> candidates = Candidates(app, is_flag);
  const std::string_view nearest = Nearest(word, candidates);
  const std::string_view what = is_flag ? "flag" : has_commands ? "command" : "argument";
  std::string text = fmt::format("unknown {} '{}'", what, word);
  if (!nearest.empty()) text += fmt::format(": did you mean '{}'?", nearest);
  return text;
}

std::string FullName(const CLI::App& app) {
  return app.get_parent() == nullptr
             ? app.get_name()
             : fmt::format("{} {}", FullName(*app.get_parent()), app.get_name());
}

}  // namespace

std::unique_ptr<CLI::App> BuildApp(Session& session) {
  auto root = std::make_unique<CLI::App>("Talks to a Skald server.", "skaldctl");
  root->require_subcommand(1);
  root->set_help_flag("-h,--help", "Print this help and exit");
  root->footer(kExitCodes);
  AddFlags(*root, session.flags);
  AddSagaCommands(*root, session);
  AddDeadLetterCommands(*root, session);
  AddAuditCommands(*root, session);
  AddDefinitionCommands(*root, session);
  AddServerCommands(*root, session);
  AddShellCommands(*root, session);
  return root;
}

int Run(int argc, const char* const* argv) {
  // What it has to say comes as errors of ours too, and in better words.
  google::protobuf::SetLogHandler(nullptr);
  Session session;
  const std::unique_ptr<CLI::App> root = BuildApp(session);
  try {
    root->parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    session.Out(root->help());
    return static_cast<int>(session.Close(ExitCode::kOk));
  } catch (const CLI::ParseError& error) {
    session.Note(DescribeMistake(*root, error));
    session.Note(fmt::format("see {} --help", FullName(Innermost(*root))));
    return static_cast<int>(ExitCode::kUsage);
  }
  if (const absl::Status status = session.Open(); !status.ok()) {
    return static_cast<int>(session.Misuse(status));
  }
  return static_cast<int>(session.Close(session.command(session)));
}

}  // namespace skald::ctl
