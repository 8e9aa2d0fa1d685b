// skaldctl definition ...
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "admin/skaldctl/commands.h"
#include "admin/skaldctl/definition_views.h"
#include "admin/skaldctl/text.h"
#include "base/status.h"

namespace skald::ctl {
namespace {

struct DefinitionOptions {
  std::string name;
  int version = 0;
};

StatusOr<v1::GetDefinitionRequest> MakeRequest(const DefinitionOptions& options) {
  SKALD_ASSIGN_OR_RETURN(const auto definition, ParseDefinitionName(options.name, options.version));
  v1::GetDefinitionRequest request;
  request.set_name(definition.first);
  request.set_version(definition.second);
  return request;
}

ExitCode List(Session& session, bool include_missing) {
  v1::ListDefinitionsRequest request;
  request.set_include_missing(include_missing);
  const auto response = session.client().ListDefinitions(request);
  if (!response.ok()) return session.Fail(response.status());
  Listing listing = DefinitionListing(session.format());
  for (const v1::DefinitionInfo& definition : response->definitions()) {
    listing.items.push_back(DefinitionItem(definition, session.format()));
  }
  session.Out(RenderList(listing, session.format()));
  if (listing.items.empty()) session.Note("no definitions");
  return ExitCode::kOk;
}

ExitCode Get(Session& session, const DefinitionOptions& options) {
  const auto request = MakeRequest(options);
  if (!request.ok()) return session.Misuse(request.status());
  const auto definition = session.client().GetDefinition(*request);
  if (!definition.ok()) return session.Fail(definition.status());
  const Format format = session.format();
  if (IsTabular(format)) {
    session.Out(DefinitionDetails(*definition));
    return ExitCode::kOk;
  }
  Listing listing = DefinitionListing(format);
  listing.items.push_back(DefinitionItem(*definition, format));
  session.Out(RenderOne(listing, format));
  return ExitCode::kOk;
}

ExitCode Picture(Session& session, const DefinitionOptions& options, PictureFormat format) {
  const auto request = MakeRequest(options);
  if (!request.ok()) return session.Misuse(request.status());
  const auto definition = session.client().GetDefinition(*request);
  if (!definition.ok()) return session.Fail(definition.status());
  if (definition->missing()) {
    return session.Fail(
        FailedPrecondition("this server lacks {}@{}: it has only its outline, and no picture",
                           definition->name(), definition->version()));
  }
  PrintPicture(session,
               format == PictureFormat::kDot ? definition->graphviz() : definition->mermaid());
  return ExitCode::kOk;
}

ExitCode Diff(Session& session, const std::string& from, const std::string& to) {
  const auto old_name = ParseDefinitionName(from, 0);
  const auto new_name = ParseDefinitionName(to, 0);
  if (!old_name.ok()) return session.Misuse(old_name.status());
  if (!new_name.ok()) return session.Misuse(new_name.status());
  if (old_name->second == 0) {
    return session.Misuse(
        InvalidArgument("'{}': name its version too, as in place_order@2", Printable(from)));
  }
  v1::DiffDefinitionsRequest request;
  request.set_name(old_name->first);
  request.set_from_version(old_name->second);
  request.set_to_name(new_name->first);
  request.set_to_version(new_name->second);
  const auto response = session.client().DiffDefinitions(request);
  if (!response.ok()) return session.Fail(response.status());
  const Format format = session.format();
  if (!IsTabular(format) && format != Format::kName) {
    session.Out(RenderJson(ToJson(*response), format));
    return ExitCode::kOk;
  }
  for (const std::string& change : response->changes()) session.Out(Bullet(change));
  if (response->changes().empty()) session.Note("no difference: sagas of both run alike");
  return ExitCode::kOk;
}

ExitCode Running(Session& session) {
  const auto response = session.client().CountRunning();
  if (!response.ok()) return session.Fail(response.status());
  Listing listing = RunningListing();
  for (const v1::RunningCount& count : response->counts()) {
    listing.items.push_back(RunningItem(count, session.format()));
  }
  session.Out(RenderList(listing, session.format()));
  if (listing.items.empty()) session.Note("no unfinished sagas");
  return ExitCode::kOk;
}

// The definitions to be looked at: the named one, or all that the server has.
StatusOr<std::vector<v1::DefinitionInfo>> Fetch(Session& session, const std::string& name) {
  std::vector<v1::GetDefinitionRequest> requests;
  if (!name.empty()) {
    SKALD_ASSIGN_OR_RETURN(requests.emplace_back(), MakeRequest({.name = name}));
  } else {
    SKALD_ASSIGN_OR_RETURN(const auto all,
                           session.client().ListDefinitions(v1::ListDefinitionsRequest()));
    for (const v1::DefinitionInfo& definition : all.definitions()) {
      v1::GetDefinitionRequest& request = requests.emplace_back();
      request.set_name(definition.name());
      request.set_version(definition.version());
    }
  }
  std::vector<v1::DefinitionInfo> definitions;
  for (const v1::GetDefinitionRequest& request : requests) {
    SKALD_ASSIGN_OR_RETURN(definitions.emplace_back(), session.client().GetDefinition(request));
  }
  return definitions;
}

ExitCode Lint(Session& session, const std::string& name) {
  const auto definitions = Fetch(session, name);
  if (!definitions.ok()) return session.Fail(definitions.status());
  Listing listing{.json_key = "advice", .columns = {}, .items = {}};
  std::string text;
  for (const v1::DefinitionInfo& definition : *definitions) {
    for (const std::string& advice : definition.advice()) {
      listing.items.push_back(AdviceItem(definition, advice));
      text += Bullet(advice);
    }
  }
  session.Out(IsTabular(session.format()) ? text : RenderList(listing, session.format()));
  if (listing.items.empty()) session.Note("no advice");
  return ExitCode::kOk;
}

void AddDefinitionName(CLI::App& command, DefinitionOptions& options) {
  AddArgument(command, "NAME", options.name, "The definition: NAME or NAME@VERSION");
  AddNumber(command, "--version", options.version, "Its version (the newest)");
}

void AddComparing(CLI::App& group, Session& session) {
  const auto from = std::make_shared<std::string>();
  const auto to = std::make_shared<std::string>();
  CLI::App& diff = AddCommand(group, session, "diff", "Say how one version differs from another",
                              "skaldctl definition diff place_order@2 place_order@3",
                              [=](Session& s) { return Diff(s, *from, *to); });
  AddArgument(diff, "FROM", *from, "The older one: NAME@VERSION");
  AddArgument(diff, "TO", *to, "The newer one: NAME or NAME@VERSION");
  AddCommand(group, session, "running", "Count unfinished and parked sagas, by version",
             "skaldctl definition running", Running);
  const auto name = std::make_shared<std::string>();
  CLI::App& lint = AddCommand(group, session, "lint", "Show what authors may want to think over",
                              "skaldctl definition lint place_order",
                              [name](Session& s) { return Lint(s, *name); });
  lint.add_option("NAME", *name, "Only this one: NAME or NAME@VERSION")->type_name("");
}

}  // namespace

void AddPictureFormat(CLI::App& command, PictureFormat& format) {
  CLI::CheckedTransformer formats(std::vector<std::pair<std::string, PictureFormat>>{
      {"mermaid", PictureFormat::kMermaid}, {"dot", PictureFormat::kDot}});
  formats.description("");
  command.add_option("--format", format, "mermaid, or dot for Graphviz (mermaid)")
      ->type_name("FORMAT")
      ->transform(formats);
}

void PrintPicture(Session& session, const std::string& picture) {
  std::string text = PrintableLines(picture);
  if (text.empty() || text.back() != '\n') text += '\n';
  session.Out(text);
}

void AddDefinitionCommands(CLI::App& root, Session& session) {
  CLI::App& group =
      AddGroup(root, "definition", "Look at what the server can run", "skaldctl definition list");
  const auto all = std::make_shared<bool>(false);
  AddCommand(group, session, "list", "List the definitions that the server has",
             "skaldctl definition list --all", [all](Session& s) { return List(s, *all); })
      .add_flag("--all", *all, "Also those that only the store remembers");
  const auto options = std::make_shared<DefinitionOptions>();
  AddDefinitionName(AddCommand(group, session, "get", "Show one definition",
                               "skaldctl definition get place_order@3",
                               [options](Session& s) { return Get(s, *options); }),
                    *options);
  const auto format = std::make_shared<PictureFormat>(PictureFormat::kMermaid);
  CLI::App& picture =
      AddCommand(group, session, "picture", "Print its diagram, for Mermaid or Graphviz",
                 "skaldctl definition picture place_order > place_order.mmd",
                 [=](Session& s) { return Picture(s, *options, *format); });
  AddDefinitionName(picture, *options);
  AddPictureFormat(picture, *format);
  AddComparing(group, session);
}

}  // namespace skald::ctl
