// skaldctl audit, definition, health, version
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "admin/skaldctl/commands.h"
#include "admin/skaldctl/list.h"
#include "admin/skaldctl/text.h"
#include "admin/skaldctl/views.h"
#include "base/status.h"

namespace skald::ctl {
namespace {

ExitCode ListAudit(Session& session, const std::string& saga_id, const Limit& limit) {
  const absl::Time now = absl::Now();
  return PrintPages(session, limit, AuditListing(session.format()), "entries",
                    [&](int size, const std::string& token) -> StatusOr<PageOfItems> {
                      v1::ListAuditRequest request;
                      request.set_saga_id(saga_id);
                      request.set_page_size(size);
                      request.set_page_token(token);
                      SKALD_ASSIGN_OR_RETURN(const v1::ListAuditResponse response,
                                             session.client().ListAudit(request));
                      PageOfItems page{.items = {}, .next_page_token = response.next_page_token()};
                      for (const v1::AuditEntry& entry : response.entries()) {
                        page.items.push_back(AuditItem(entry, session.format(), now));
                      }
                      return page;
                    });
}

ExitCode ListDefinitions(Session& session) {
  const auto response = session.client().ListDefinitions();
  if (!response.ok()) return session.Fail(response.status());
  Listing listing = DefinitionListing(session.format());
  for (const v1::DefinitionInfo& definition : response->definitions()) {
    listing.items.push_back(DefinitionItem(definition, session.format()));
  }
  session.Out(RenderList(listing, session.format()));
  if (listing.items.empty()) session.Note("no definitions");
  return ExitCode::kOk;
}

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

ExitCode GetDefinition(Session& session, const DefinitionOptions& options) {
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

ExitCode Picture(Session& session, const DefinitionOptions& options) {
  const auto request = MakeRequest(options);
  if (!request.ok()) return session.Misuse(request.status());
  const auto definition = session.client().GetDefinition(*request);
  if (!definition.ok()) return session.Fail(definition.status());
  std::string picture = PrintableLines(definition->mermaid());
  if (picture.empty() || picture.back() != '\n') picture += '\n';
  session.Out(picture);
  return ExitCode::kOk;
}

ExitCode Health(Session& session) {
  const auto response = session.client().CheckHealth();
  if (!response.ok()) return session.Fail(response.status());
  using grpc::health::v1::HealthCheckResponse;
  const std::string status = HealthCheckResponse::ServingStatus_Name(response->status());
  if (IsTabular(session.format()) || session.format() == Format::kName) {
    session.Out(status + "\n");
  } else {
    session.Out(RenderJson(ToJson(*response), session.format()));
  }
  return response->status() == HealthCheckResponse::SERVING ? ExitCode::kOk
                                                            : ExitCode::kUnavailable;
}

ExitCode Version(Session& session) {
  if (IsTabular(session.format()) || session.format() == Format::kName) {
    session.Out(fmt::format("skaldctl {} (gRPC {})\n", SKALD_VERSION, GrpcVersion()));
    return ExitCode::kOk;
  }
  Json json = Json::Object();
  json.AddMember("version", Json::String(SKALD_VERSION));
  json.AddMember("grpc", Json::String(GrpcVersion()));
  session.Out(RenderJson(json, session.format()));
  return ExitCode::kOk;
}

void AddDefinitionName(CLI::App& command, DefinitionOptions& options) {
  AddArgument(command, "NAME", options.name, "The definition: NAME or NAME@VERSION");
  AddNumber(command, "--version", options.version, "Its version (the newest)");
}

}  // namespace

void AddAuditCommands(CLI::App& root, Session& session) {
  CLI::App& group = AddGroup(root, "audit", "Who ordered what", "skaldctl audit list");
  const auto saga_id = std::make_shared<std::string>();
  const auto limit = std::make_shared<Limit>();
  CLI::App& list = AddCommand(group, session, "list", "List operators' orders, newest first",
                              "skaldctl audit list --saga order-42",
                              [=](Session& s) { return ListAudit(s, *saga_id, *limit); });
  list.add_option("--saga", *saga_id, "Only those about this saga")->type_name("ID");
  AddLimit(list, *limit);
}

void AddDefinitionCommands(CLI::App& root, Session& session) {
  CLI::App& group =
      AddGroup(root, "definition", "Look at what the server can run", "skaldctl definition list");
  AddCommand(group, session, "list", "List the definitions that the server has",
             "skaldctl definition list", ListDefinitions);
  const auto options = std::make_shared<DefinitionOptions>();
  AddDefinitionName(AddCommand(group, session, "get", "Show one definition",
                               "skaldctl definition get place_order@3",
                               [options](Session& s) { return GetDefinition(s, *options); }),
                    *options);
  AddDefinitionName(AddCommand(group, session, "picture", "Print its state diagram, for Mermaid",
                               "skaldctl definition picture place_order > place_order.mmd",
                               [options](Session& s) { return Picture(s, *options); }),
                    *options);
}

void AddServerCommands(CLI::App& root, Session& session) {
  AddCommand(root, session, "health", "Ask whether the server serves (exit code 6 if not)",
             "skaldctl health --address skald-1:7600", Health);
  AddCommand(root, session, "version", "Print the version of skaldctl", "skaldctl version -o json",
             Version);
}

}  // namespace skald::ctl
