// skaldctl saga start, signal, complete: what is sent to sagas.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "admin/skaldctl/commands.h"
#include "admin/skaldctl/error_text.h"
#include "admin/skaldctl/input.h"
#include "admin/skaldctl/json.h"
#include "admin/skaldctl/text.h"
#include "base/status.h"
#include "base/text.h"

namespace skald::ctl {
namespace {

struct StartOptions {
  std::string definition;
  int version = 0;
  std::string id;
  std::string input = "{}";
  std::vector<std::string> labels;
  std::string deadline;
  std::string start_at;
  CLI::Option* tier_flag = nullptr;
  int tier = 1;
  CLI::Option* wait_flag = nullptr;
  std::string wait;
};

struct SignalOptions {
  std::string saga_id;
  std::string name;
  std::string message = "{}";
  std::string signal_id;
};

struct CompleteOptions {
  std::string key;
  CLI::Option* response_flag = nullptr;
  std::string response;
  std::string failure;
  std::string message;
};

// A moment, or how long from now. `flag` is for errors.
StatusOr<google::protobuf::Timestamp> ParseWhen(const std::string& flag, const std::string& text) {
  absl::Time time;
  std::string error;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return ToTimestamp(time);
  const auto duration = ParseDuration(text.substr(0, 1) == "+" ? text.substr(1) : text);
  if (!duration.ok()) {
    return InvalidArgument("{}: {}, or a time such as 2030-01-31T12:00:00Z", flag,
                           Message(duration.status()));
  }
  return ToTimestamp(absl::Now() + *duration);
}

StatusOr<v1::StartSagaRequest> MakeStartRequest(const StartOptions& options) {
  v1::StartSagaRequest request;
  SKALD_ASSIGN_OR_RETURN(const auto definition,
                         ParseDefinitionName(options.definition, options.version));
  request.set_definition(definition.first);
  request.set_version(definition.second);
  request.set_saga_id(options.id);
  SKALD_ASSIGN_OR_RETURN(*request.mutable_input_json(), ReadJsonInput("--input", options.input));
  for (const std::string& label : options.labels) {
    const size_t equals = label.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return InvalidArgument("--label '{}': write key=value", Printable(label));
    }
    (*request.mutable_labels())[label.substr(0, equals)] = label.substr(equals + 1);
  }
  if (!options.deadline.empty()) {
    SKALD_ASSIGN_OR_RETURN(*request.mutable_deadline(), ParseWhen("--deadline", options.deadline));
  }
  if (!options.start_at.empty()) {
    SKALD_ASSIGN_OR_RETURN(*request.mutable_start_at(), ParseWhen("--start-at", options.start_at));
  }
  if (options.tier_flag->count() > 0) request.set_tier(options.tier);
  return request;
}

ExitCode Start(Session& session, const StartOptions& options) {
  const auto request = MakeStartRequest(options);
  if (!request.ok()) return session.Misuse(request.status());
  absl::Time until = session.FollowUntil();
  if (!options.wait.empty()) {
    const auto wait = ParseDuration(options.wait);
    if (!wait.ok()) {
      return session.Misuse(InvalidArgument("--wait: {}", Message(wait.status())));
    }
    until = absl::Now() + *wait;
  }
  const auto response = session.client().StartSaga(*request);
  if (!response.ok()) {
    const ExitCode code = session.Fail(response.status());
    if (options.id.empty() && (code == ExitCode::kUnavailable || code == ExitCode::kDeadline)) {
      session.Note("it may have been started or not: with --id it is safe to try again");
    }
    return code;
  }
  if (response->already_started()) {
    session.Note(
        fmt::format("{} was started before: nothing new was started", response->saga().id()));
  }
  if (response->joined()) {
    session.Note(fmt::format("{} holds the key {}: nothing new was started", response->saga().id(),
                             response->saga().exclusive_key()));
  }
  if (options.wait_flag->count() == 0) return PrintSaga(session, response->saga());
  return WaitForEnd(session, response->saga().id(), until);
}

ExitCode Signal(Session& session, const SignalOptions& options) {
  v1::SignalSagaRequest request;
  request.set_saga_id(options.saga_id);
  request.set_name(options.name);
  request.set_signal_id(options.signal_id);
  request.set_actor(session.Actor());
  auto message = ReadJsonInput("--message", options.message);
  if (!message.ok()) return session.Misuse(message.status());
  request.set_message_json(*std::move(message));
  const auto saga = session.client().SignalSaga(request);
  if (saga.ok()) return PrintSaga(session, *saga);
  const ExitCode code = session.Fail(saga.status());
  if (options.signal_id.empty() &&
      (code == ExitCode::kUnavailable || code == ExitCode::kDeadline)) {
    session.Note("it may have come or not: with --signal-id it is safe to try again");
  }
  return code;
}

// "FAILED_PRECONDITION" or "9".
StatusOr<int> ParseCode(const std::string& text) {
  constexpr int kLast = static_cast<int>(StatusCode::kUnauthenticated);
  std::vector<std::string> names;
  for (int code = 1; code <= kLast; ++code) {
    names.push_back(GrpcCodeName(code));
    if (text == names.back() || text == fmt::format("{}", code)) return code;
  }
  const std::string_view nearest = Nearest(text, names);
  return InvalidArgument("--failure: '{}' is no gRPC code that a call can fail with{}",
                         Printable(text),
                         nearest.empty() ? "" : fmt::format(": did you mean {}?", nearest));
}

StatusOr<v1::CompleteStepRequest> MakeCompleteRequest(const CompleteOptions& options) {
  v1::CompleteStepRequest request;
  request.set_idempotency_key(options.key);
  if (options.response_flag->count() > 0) {
    SKALD_ASSIGN_OR_RETURN(*request.mutable_response_json(),
                           ReadJsonInput("--response", options.response));
    return request;
  }
  if (options.failure.empty()) {
    return InvalidArgument("how did it end? --response or --failure says so");
  }
  SKALD_ASSIGN_OR_RETURN(const int code, ParseCode(options.failure));
  request.mutable_failure()->set_code(code);
  request.mutable_failure()->set_message(options.message);
  return request;
}

ExitCode Complete(Session& session, const CompleteOptions& options) {
  const auto request = MakeCompleteRequest(options);
  if (!request.ok()) return session.Misuse(request.status());
  const auto response = session.client().CompleteStep(*request);
  if (!response.ok()) return session.Fail(response.status());
  if (session.format() == Format::kName) {
    session.Out(Printable(options.key) + "\n");
  } else if (IsTabular(session.format())) {
    session.Out(fmt::format("{} completed\n", Printable(options.key)));
  } else {
    session.Out(RenderJson(ToJson(*response), session.format()));
  }
  return ExitCode::kOk;
}

}  // namespace

void AddStart(CLI::App& group, Session& session) {
  const auto options = std::make_shared<StartOptions>();
  CLI::App& start =
      AddCommand(group, session, "start", "Start a saga",
                 "skaldctl saga start place_order --id order-42 --input @order.json --wait",
                 [options](Session& s) { return Start(s, *options); });
  AddArgument(start, "DEF", options->definition, "Its definition: NAME or NAME@VERSION");
  AddNumber(start, "--version", options->version, "Version of the definition (the newest)");
  start
      .add_option("--id", options->id,
                  "The saga's id, which makes it safe to start again (made by the server)")
      ->type_name("ID");
  start
      .add_option("--input", options->input,
                  "The state to start with: JSON, @FILE, or - for stdin ({})")
      ->type_name("JSON");
  start.add_option("--label", options->labels, "A label; may be given several times")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  start
      .add_option("--deadline", options->deadline,
                  "Compensate what is not past its pivot by then: 1h, or a time")
      ->type_name("WHEN");
  start.add_option("--start-at", options->start_at, "Send nothing before: +2h, or a time")
      ->type_name("WHEN");
  CLI::Validator tiers = CLI::Range(0, 2);
  tiers.description("");
  options->tier_flag = start
                           .add_option("--tier", options->tier,
                                       "Who goes first: 0 critical, 1 normal, 2 best effort (1)")
                           ->type_name("N")
                           ->check(tiers);
  options->wait_flag =
      start.add_option("--wait", options->wait, "Wait for its end, at most this long")
          ->type_name("[DURATION]")
          ->expected(0, 1);
}

void AddSignal(CLI::App& group, Session& session) {
  const auto options = std::make_shared<SignalOptions>();
  CLI::App& command =
      AddCommand(group, session, "signal", "Send a message to a saga that awaits it, or will",
                 "skaldctl saga signal order-42 customer_confirms --message '{\"by\": \"ann\"}'",
                 [options](Session& s) { return Signal(s, *options); });
  AddArgument(command, "ID", options->saga_id, "The saga's id");
  AddArgument(command, "NAME", options->name,
              "The await's name; in a loop its path, as in orders/3/confirmed");
  command
      .add_option("--message", options->message, "What is sent: JSON, @FILE, or - for stdin ({})")
      ->type_name("JSON");
  command
      .add_option("--signal-id", options->signal_id,
                  "Makes it safe to send it again (made by the server)")
      ->type_name("ID");
}

void AddComplete(CLI::App& group, Session& session) {
  const auto options = std::make_shared<CompleteOptions>();
  CLI::App& command = AddCommand(
      group, session, "complete", "Tell how a pending call ended, in its participant's stead",
      "skaldctl saga complete order-42/charge/action --failure FAILED_PRECONDITION \\\n"
      "    --message 'card declined'",
      [options](Session& s) { return Complete(s, *options); });
  AddArgument(command, "KEY", options->key,
              "The call's idempotency key: SAGA/STEP/action or .../compensation");
  options->response_flag =
      command
          .add_option("--response", options->response,
                      "It succeeded: the method's response as JSON, @FILE, or - for stdin")
          ->type_name("JSON");
  CLI::Option* failure =
      command.add_option("--failure", options->failure, "It failed, with this gRPC code")
          ->type_name("CODE")
          ->excludes(options->response_flag);
  command.add_option("--message", options->message, "Why it failed")
      ->type_name("TEXT")
      ->needs(failure);
}

}  // namespace skald::ctl
