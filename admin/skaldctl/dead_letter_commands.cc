// skaldctl dead-letter ...
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "admin/skaldctl/commands.h"
#include "admin/skaldctl/error_text.h"
#include "admin/skaldctl/list.h"
#include "admin/skaldctl/text.h"
#include "admin/skaldctl/views.h"
#include "base/status.h"

namespace skald::ctl {
namespace {

using SendOrder = StatusOr<v1::DeadLetterOrderResponse> (Client::*)(const v1::DeadLetterOrder&);

struct ListOptions {
  std::string filter;
  bool all_states = false;
  Limit limit;
};

struct OrderOptions {
  std::vector<std::string> ids;
  std::string filter;
  std::string reason;
  bool dry_run = false;
  bool yes = false;
};

// The server leaves closed ones out unless the filter names `open`.
std::string FilterFor(const ListOptions& options) {
  if (!options.all_states) return options.filter;
  constexpr std::string_view kAny = "(open = true OR open = false)";
  return options.filter.empty() ? std::string(kAny)
                                : fmt::format("({}) AND {}", options.filter, kAny);
}

StatusOr<v1::ListDeadLettersResponse> FetchPage(Session& session, const std::string& filter,
                                                int size, const std::string& token) {
  v1::ListDeadLettersRequest request;
  request.set_filter(filter);
  request.set_page_size(size);
  request.set_page_token(token);
  return session.client().ListDeadLetters(request);
}

ExitCode List(Session& session, const ListOptions& options) {
  const absl::Time now = absl::Now();
  return PrintPages(session, options.limit, DeadLetterListing(session.format()), "dead letters",
                    [&](int size, const std::string& token) -> StatusOr<PageOfItems> {
                      SKALD_ASSIGN_OR_RETURN(const v1::ListDeadLettersResponse response,
                                             FetchPage(session, FilterFor(options), size, token));
                      PageOfItems page{.items = {}, .next_page_token = response.next_page_token()};
                      for (const v1::DeadLetter& letter : response.dead_letters()) {
                        page.items.push_back(DeadLetterItem(letter, session.format(), now));
                      }
                      return page;
                    });
}

ExitCode Get(Session& session, const std::string& id) {
  const auto letter = session.client().GetDeadLetter(id);
  if (!letter.ok()) return session.Fail(letter.status());
  const Format format = session.format();
  if (IsTabular(format)) {
    session.Out(DeadLetterDetails(*letter, absl::Now()));
    return ExitCode::kOk;
  }
  Listing listing = DeadLetterListing(format);
  listing.items.push_back(DeadLetterItem(*letter, format, absl::Now()));
  session.Out(RenderOne(listing, format));
  return ExitCode::kOk;
}

// The open ones that the order is about. Missing ids are left for the order itself to tell.
StatusOr<std::vector<v1::DeadLetter>> Matching(Session& session, const std::string& filter) {
  std::vector<v1::DeadLetter> letters;
  std::string token;
  do {
    SKALD_ASSIGN_OR_RETURN(const v1::ListDeadLettersResponse page,
                           FetchPage(session, filter, kLargestPage, token));
    for (const v1::DeadLetter& letter : page.dead_letters()) {
      if (!letter.has_close_time()) letters.push_back(letter);
    }
    if (!page.next_page_token().empty() && page.next_page_token() == token) {
      return Internal("the server sent the same page again");
    }
    token = page.next_page_token();
  } while (!token.empty());
  return letters;
}

void PrintLetters(Session& session, const std::vector<v1::DeadLetter>& letters) {
  Listing listing = DeadLetterListing(session.format());
  for (const v1::DeadLetter& letter : letters) {
    listing.items.push_back(DeadLetterItem(letter, session.format(), absl::Now()));
  }
  session.Out(RenderList(listing, session.format()));
}

Item ResultItem(const std::string& id, const StatusOr<v1::DeadLetterOrderResponse>& response,
                Format format) {
  Item item{.name = id, .json = Json::Object(), .cells = {}, .note = ""};
  const std::string result(CodeName(response.status().code()));
  if (IsTabular(format)) {
    item.cells = {id, result,
                  response.ok() ? v1::Saga::Status_Name(response->saga().status()) : ""};
    return item;
  }
  item.json.AddMember("id", Json::String(id));
  item.json.AddMember("result", Json::String(result));
  if (response.ok()) {
    item.json.AddMember("deadLetter", ToJson(response->dead_letter()));
    item.json.AddMember("saga", ToJson(response->saga()));
  } else {
    item.json.AddMember("message", Json::String(Message(response.status())));
  }
  return item;
}

// Carries the order out for each id and prints what came of it.
ExitCode SendAll(Session& session, SendOrder send, const std::vector<std::string>& ids,
                 const std::string& reason) {
  Listing results{.json_key = "results", .columns = {{"ID"}, {"RESULT"}, {"SAGA"}}, .items = {}};
  ExitCode worst = ExitCode::kOk;
  size_t tried = 0;
  for (const std::string& id : ids) {
    v1::DeadLetterOrder order;
    order.set_id(id);
    order.set_reason(reason);
    order.set_actor(session.Actor());
    const auto response = (session.client().*send)(order);
    results.items.push_back(ResultItem(id, response, session.format()));
    ++tried;
    if (response.ok()) continue;
    worst =
        Worse(worst, session.Fail(Status(response.status().code(),
                                         fmt::format("{}: {}", id, Message(response.status())))));
    // Nobody there for this one, nobody there for the next.
    const ExitCode code = ExitCodeOf(response.status());
    if (code == ExitCode::kUnavailable || code == ExitCode::kDenied) break;
  }
  session.Out(RenderList(results, session.format()));
  if (tried < ids.size()) session.Note(fmt::format("{} more were not tried", ids.size() - tried));
  return worst;
}

ExitCode Retry(Session& session, const OrderOptions& options) {
  std::vector<v1::DeadLetter> letters;
  std::vector<std::string> ids = options.ids;
  if (ids.empty()) {
    auto matching = Matching(session, options.filter);
    if (!matching.ok()) return session.Fail(matching.status());
    letters = *std::move(matching);
    for (const v1::DeadLetter& letter : letters) ids.push_back(letter.id());
  } else if (options.dry_run) {
    for (const std::string& id : ids) {
      auto letter = session.client().GetDeadLetter(id);
      if (!letter.ok()) return session.Fail(letter.status());
      letters.push_back(*std::move(letter));
    }
  }
  if (options.dry_run) {
    PrintLetters(session, letters);
    session.Note(fmt::format("dry run: {} would be retried, nothing was done", letters.size()));
    return ExitCode::kOk;
  }
  if (ids.empty()) {
    session.Note("no open dead letters match");
    return ExitCode::kOk;
  }
  if (options.ids.empty() && !options.yes) {
    session.Note(
        fmt::format("{} would be retried: --dry-run shows them, --yes does it", ids.size()));
    return ExitCode::kUsage;
  }
  return SendAll(session, &Client::RetryDeadLetter, ids, options.reason);
}

void AddRetry(CLI::App& group, Session& session) {
  const auto options = std::make_shared<OrderOptions>();
  CLI::App& retry = AddCommand(
      group, session, "retry", "Go on at the step that failed, with a fresh retry budget",
      "skaldctl dead-letter retry --filter 'definition = place_order AND age > 1h' --yes",
      [options](Session& s) {
        if (options->ids.empty() && options->filter.empty()) {
          return s.Misuse(InvalidArgument("name dead letters by id, or choose them by --filter"));
        }
        return Retry(s, *options);
      });
  CLI::Option* ids =
      retry.add_option("ID", options->ids, "Dead letters, or sagas for their open ones")
          ->type_name("");
  retry.add_option("--filter", options->filter, "All open ones that match")
      ->type_name("FILTER")
      ->excludes(ids);
  retry.add_option("--reason", options->reason, "Why, for the audit")->type_name("TEXT");
  retry.add_flag("--dry-run", options->dry_run, "Show which, and do nothing");
  retry.add_flag("--yes", options->yes, "Do it: needed with --filter");
}

void AddOverruling(CLI::App& group, Session& session, const std::string& name,
                   const std::string& description, SendOrder send) {
  const auto id = std::make_shared<std::string>();
  const auto reason = std::make_shared<std::string>();
  CLI::App& command = AddCommand(
      group, session, name, description,
      fmt::format("skaldctl dead-letter {} order-42/1 --reason 'refunded by hand, ticket 17'",
                  name),
      [id, reason, send](Session& s) {
        if (reason->find_first_not_of(" \t\r\n") == std::string::npos) {
          return s.Misuse(
              InvalidArgument("--reason must not be empty: it is what the audit keeps"));
        }
        return SendAll(s, send, {*id}, *reason);
      });
  AddArgument(command, "ID", *id, "The dead letter, or its saga");
  command.add_option("--reason", *reason, "Why, for the audit")->required()->type_name("TEXT");
}

}  // namespace

void AddDeadLetterCommands(CLI::App& root, Session& session) {
  CLI::App& group = AddGroup(root, "dead-letter", "Work off sagas that cannot go on by themselves",
                             "skaldctl dead-letter list -o wide");
  const auto list_options = std::make_shared<ListOptions>();
  CLI::App& list = AddCommand(group, session, "list", "List dead letters, newest first",
                              "skaldctl dead-letter list --filter 'step = charge AND age > 1h'",
                              [list_options](Session& s) { return List(s, *list_options); });
  list.add_option("--filter", list_options->filter, "Only those that match")->type_name("FILTER");
  AddLimit(list, list_options->limit);
  list.add_flag("--all-states", list_options->all_states, "Closed ones too");

  const auto id = std::make_shared<std::string>();
  CLI::App& get =
      AddCommand(group, session, "get", "Show one dead letter",
                 "skaldctl dead-letter get order-42/1", [id](Session& s) { return Get(s, *id); });
  AddArgument(get, "ID", *id, "The dead letter, or its saga");

  AddRetry(group, session);
  AddOverruling(group, session, "skip", "Take the failed call for done, by hand",
                &Client::SkipDeadLetter);
  AddOverruling(group, session, "resolve", "Close the saga for good, as RESOLVED",
                &Client::ResolveDeadLetter);
}

}  // namespace skald::ctl
