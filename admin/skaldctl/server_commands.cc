// skaldctl audit, health, version
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

void AddServerCommands(CLI::App& root, Session& session) {
  AddCommand(root, session, "health", "Ask whether the server serves (exit code 6 if not)",
             "skaldctl health --address skald-1:7600", Health);
  AddCommand(root, session, "version", "Print the version of skaldctl", "skaldctl version -o json",
             Version);
}

}  // namespace skald::ctl
