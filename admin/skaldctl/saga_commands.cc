// skaldctl saga: looking at sagas, and orders. What is sent to them: saga_send_commands.cc
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "admin/skaldctl/commands.h"
#include "admin/skaldctl/explain.h"
#include "admin/skaldctl/json.h"
#include "admin/skaldctl/list.h"
#include "admin/skaldctl/text.h"
#include "admin/skaldctl/views.h"
#include "base/status.h"

namespace skald::ctl {
namespace {

ExitCode Get(Session& session, const std::string& id) {
  const auto saga = session.client().GetSaga(id);
  if (!saga.ok()) return session.Fail(saga.status());
  if (!IsTabular(session.format())) return PrintSaga(session, *saga);
  session.Out(SagaDetails(*saga, absl::Now()));
  return ExitCode::kOk;
}

ExitCode List(Session& session, const std::string& filter, const Limit& limit) {
  const absl::Time now = absl::Now();
  return PrintPages(session, limit, SagaListing(session.format()), "sagas",
                    [&](int size, const std::string& token) -> StatusOr<PageOfItems> {
                      v1::ListSagasRequest request;
                      request.set_filter(filter);
                      request.set_page_size(size);
                      request.set_page_token(token);
                      SKALD_ASSIGN_OR_RETURN(const v1::ListSagasResponse response,
                                             session.client().ListSagas(request));
                      PageOfItems page{.items = {}, .next_page_token = response.next_page_token()};
                      for (const v1::Saga& saga : response.sagas()) {
                        page.items.push_back(SagaItem(saga, session.format(), now));
                      }
                      return page;
                    });
}

ExitCode History(Session& session, const std::string& id, const Limit& limit) {
  return PrintPages(
      session, limit, HistoryListing(session.format()), "entries",
      [&](int size, const std::string& token) -> StatusOr<PageOfItems> {
        v1::ListHistoryRequest request;
        request.set_saga_id(id);
        request.set_page_size(size);
        request.set_page_token(token);
        SKALD_ASSIGN_OR_RETURN(const v1::ListHistoryResponse response,
                               session.client().ListHistory(request));
        PageOfItems page{.items = {}, .next_page_token = response.next_page_token()};
        for (const v1::HistoryEntry& entry : response.entries()) {
          page.items.push_back(HistoryItem(entry, session.format(), absl::LocalTimeZone()));
        }
        return page;
      });
}

ExitCode ExplainSaga(Session& session, const std::string& id) {
  const auto saga = session.client().GetSaga(id);
  if (!saga.ok()) return session.Fail(saga.status());
  std::optional<v1::DeadLetter> letter;
  if (saga->status() == v1::Saga::DEAD_LETTERED && !saga->dead_letter_id().empty()) {
    // Without it the sentence says less, but it still says something.
    if (auto found = session.client().GetDeadLetter(saga->dead_letter_id()); found.ok()) {
      letter = *std::move(found);
    }
  }
  const std::string text = Printable(Explain(*saga, letter, absl::Now()));
  if (IsTabular(session.format()) || session.format() == Format::kName) {
    session.Out(text + "\n");
    return ExitCode::kOk;
  }
  Json json = Json::Object();
  json.AddMember("id", Json::String(saga->id()));
  json.AddMember("explanation", Json::String(text));
  session.Out(RenderJson(json, session.format()));
  return ExitCode::kOk;
}

void AddId(CLI::App& command, std::string& id) { AddArgument(command, "ID", id, "The saga's id"); }

void AddReading(CLI::App& group, Session& session) {
  const auto id = std::make_shared<std::string>();
  const auto filter = std::make_shared<std::string>();
  const auto limit = std::make_shared<Limit>();
  AddId(AddCommand(group, session, "get", "Show one saga: status, steps and state",
                   "skaldctl saga get order-42 -o json", [id](Session& s) { return Get(s, *id); }),
        *id);
  CLI::App& list = AddCommand(group, session, "list", "List sagas, newest first",
                              "skaldctl saga list --filter 'status = DEAD_LETTERED AND age > 1h'",
                              [filter, limit](Session& s) { return List(s, *filter, *limit); });
  list.add_option("--filter", *filter, "Only those that match")->type_name("FILTER");
  AddLimit(list, *limit);
  AddId(AddCommand(group, session, "watch",
                   "Print each change until the saga ends (its end is the exit code)",
                   "skaldctl saga watch order-42", [id](Session& s) { return Watch(s, *id); }),
        *id);
  AddId(AddCommand(group, session, "wait", "Wait until the saga ends (its end is the exit code)",
                   "skaldctl saga wait order-42 --timeout 5m",
                   [id](Session& s) { return WaitForEnd(s, *id, s.FollowUntil()); }),
        *id);
  const auto history_limit = std::make_shared<Limit>(Limit{.most = 10'000});
  CLI::App& history =
      AddCommand(group, session, "history", "Show what happened to a saga, oldest first",
                 "skaldctl saga history order-42 -o wide",
                 [id, history_limit](Session& s) { return History(s, *id, *history_limit); });
  AddId(history, *id);
  AddNumber(history, "--limit", history_limit->most, "Show at most this many (10000)");
  AddId(AddCommand(group, session, "explain", "Say in one sentence why a saga waits",
                   "skaldctl saga explain order-42",
                   [id](Session& s) { return ExplainSaga(s, *id); }),
        *id);
}

struct OrderOptions {
  std::string id;
  std::string reason;
};

void AddOrder(CLI::App& group, Session& session, const std::string& name,
              const std::string& description,
              std::function<StatusOr<v1::Saga>(Session&, const OrderOptions&)> send) {
  const auto options = std::make_shared<OrderOptions>();
  CLI::App& command = AddCommand(
      group, session, name, description,
      fmt::format("skaldctl saga {} order-42 --reason 'customer called'", name),
      [options, send = std::move(send)](Session& s) { return PrintSagaOr(s, send(s, *options)); });
  AddId(command, options->id);
  command.add_option("--reason", options->reason, "Why, for the audit")->type_name("TEXT");
}

v1::SagaOrder MakeOrder(const Session& session, const OrderOptions& options) {
  v1::SagaOrder order;
  order.set_saga_id(options.id);
  order.set_reason(options.reason);
  order.set_actor(session.Actor());
  return order;
}

ExitCode DrawSaga(Session& session, const std::string& id, PictureFormat format) {
  v1::DrawSagaRequest request;
  request.set_saga_id(id);
  request.set_format(format == PictureFormat::kDot ? v1::DrawSagaRequest::GRAPHVIZ
                                                   : v1::DrawSagaRequest::MERMAID);
  const auto response = session.client().DrawSaga(request);
  if (!response.ok()) return session.Fail(response.status());
  PrintPicture(session, response->picture());
  return ExitCode::kOk;
}

void AddPicture(CLI::App& group, Session& session) {
  const auto id = std::make_shared<std::string>();
  const auto format = std::make_shared<PictureFormat>(PictureFormat::kMermaid);
  CLI::App& picture = AddCommand(group, session, "picture",
                                 "Print its definition's diagram, and on it where the saga is",
                                 "skaldctl saga picture order-42 --format dot | dot -Tsvg -O",
                                 [=](Session& s) { return DrawSaga(s, *id, *format); });
  AddId(picture, *id);
  AddPictureFormat(picture, *format);
}

}  // namespace

ExitCode PrintSaga(Session& session, const v1::Saga& saga) {
  Listing listing = SagaListing(session.format());
  listing.items.push_back(SagaItem(saga, session.format(), absl::Now()));
  session.Out(RenderOne(listing, session.format()));
  return ExitCode::kOk;
}

ExitCode PrintSagaOr(Session& session, const StatusOr<v1::Saga>& saga) {
  return saga.ok() ? PrintSaga(session, *saga) : session.Fail(saga.status());
}

void AddSagaCommands(CLI::App& root, Session& session) {
  CLI::App& group = AddGroup(root, "saga", "Start, watch and steer sagas",
                             "skaldctl saga start place_order --input @order.json --wait");
  AddStart(group, session);
  AddReading(group, session);
  AddPicture(group, session);
  AddSignal(group, session);
  AddComplete(group, session);
  AddOrder(group, session, "cancel", "Compensate a saga that is not past its pivot",
           [](Session& s, const OrderOptions& options) {
             v1::CancelSagaRequest request;
             request.set_saga_id(options.id);
             request.set_reason(options.reason);
             request.set_actor(s.Actor());
             return s.client().CancelSaga(request);
           });
  AddOrder(group, session, "pause", "Send nothing for a saga until it is resumed",
           [](Session& s, const OrderOptions& options) {
             return s.client().PauseSaga(MakeOrder(s, options));
           });
  AddOrder(group, session, "resume", "Let a paused saga go on",
           [](Session& s, const OrderOptions& options) {
             return s.client().ResumeSaga(MakeOrder(s, options));
           });
}

}  // namespace skald::ctl
