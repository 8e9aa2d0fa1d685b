#include "tests/scenario/scenario.h"

#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "engine/core/transcript.h"
#include "tester/driver.h"
#include "tests/scenario/definition_text.h"
#include "tests/scenario/sweep.h"

namespace skald::scenario {
namespace {

std::pair<std::string, std::string> FirstWord(const std::string& line) {
  const size_t space = line.find(' ');
  if (space == std::string::npos) return {line, ""};
  return {line.substr(0, space), line.substr(space + 1)};
}

// Takes the words "key=value" with one of these keys out of `words`.
std::map<std::string, std::string> TakeOptions(std::string& words,
                                               const std::vector<std::string>& keys) {
  std::map<std::string, std::string> options;
  std::string rest;
  std::istringstream stream(words);
  for (std::string word; stream >> word;) {
    const size_t equals = word.find('=');
    const std::string key = word.substr(0, equals);
    if (equals != std::string::npos && std::find(keys.begin(), keys.end(), key) != keys.end()) {
      options[key] = word.substr(equals + 1);
    } else {
      rest += rest.empty() ? word : " " + word;
    }
  }
  words = rest;
  return options;
}

absl::Duration Duration(const std::string& text) {
  absl::Duration duration;
  return absl::ParseDuration(text, &duration) ? duration : absl::InfiniteDuration();
}

absl::StatusCode Code(const std::string& name) {
  for (int code = 0; code <= 16; ++code) {
    if (CodeName(static_cast<absl::StatusCode>(code)) == name) {
      return static_cast<absl::StatusCode>(code);
    }
  }
  return absl::StatusCode::kUnknown;
}

// Of "<step>/<action|compensation>".
std::string StepOf(const std::string& call) { return call.substr(0, call.rfind('/')); }
v1::Phase PhaseOf(const std::string& call) {
  return call.substr(call.rfind('/') + 1) == "compensation" ? v1::COMPENSATION : v1::ACTION;
}

std::string_view ClaimName(core::KeyClaim claim) {
  switch (claim) {
    case core::KeyClaim::kTake: return "take";
    case core::KeyClaim::kWait: return "wait for";
    case core::KeyClaim::kRelease: return "release";
    case core::KeyClaim::kNone: break;
  }
  return "leave";
}

}  // namespace

std::string Scenario::Run(std::string_view file) {
  std::istringstream stream{std::string(file)};
  std::string out, commands;
  enum class In { kProse, kCommands, kExpected } in = In::kProse;
  for (std::string line; std::getline(stream, line);) {
    if (in == In::kExpected) {
      if (!line.empty()) continue;
      in = In::kProse;
    }
    if (line == "----") {
      out += line + "\n" +
             RunCommand(FirstWord(commands.substr(0, commands.find('\n'))).first == "define"
                            ? "define"
                            : commands,
                        commands);
      commands.clear();
      in = In::kExpected;
      continue;
    }
    if (!line.empty() && line[0] != '#') commands += line + "\n";
    out += line + "\n";
  }
  return out;
}

std::string Scenario::RunCommand(const std::string& lines, const std::string& block) {
  if (lines == "define") return Define(block.substr(block.find('\n') + 1));
  std::string out;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) {
    const auto [command, words] = FirstWord(line);
    if (command == "limits")
      out += SetLimits(words);
    else if (command == "start")
      out += Start(words);
    else if (command == "reply")
      out += Reply(words);
    else if (command == "complete")
      out += Complete(words);
    else if (command == "signal")
      out += Signal(words);
    else if (command == "sweep")
      out += Sweep(definition_, words);
    else if (command == "timer")
      out += Timer();
    else if (command == "advance")
      out += Advance(Duration(words));
    else if (command == "hold")
      hold_ = true;
    else if (command == "recovered")
      out += Recover();
    else if (command == "show")
      out += Show();
    else if (command == "mend")
      record_.set_state(words);
    else
      out += Order(command, words);
  }
  return out.empty() ? "ok\n" : out;
}

std::string Scenario::Define(const std::string& block) {
  absl::StatusOr<Definition> definition = ParseDefinition(block);
  if (!definition.ok()) return std::string(Message(definition.status())) + "\n";
  *this = Scenario();
  definition_ = *std::move(definition);
  return "ok\n";
}

std::string Scenario::SetLimits(const std::string& words) {
  std::string rest = words;
  for (const auto& [key, value] :
       TakeOptions(rest, {"state", "message", "history", "fan_out", "signals"})) {
    const int number = std::stoi(value);
    if (key == "state") limits_.state = static_cast<size_t>(number);
    if (key == "message") limits_.message = static_cast<size_t>(number);
    if (key == "history") limits_.history = number;
    if (key == "fan_out") limits_.fan_out = number;
    if (key == "signals") limits_.signals = number;
  }
  return "ok\n";
}

std::string Scenario::Start(const std::string& words) {
  std::string input = words;
  auto options = TakeOptions(input, {"deadline", "at", "tier", "key", "queued"});
  core::Start start{
      .saga_id = "s", .input = input, .input_digest = core::InputDigest(definition_.name, input)};
  if (options.count("deadline") != 0) start.deadline = now_ + Duration(options["deadline"]);
  if (options.count("at") != 0) start.start_at = now_ + Duration(options["at"]);
  if (options.count("tier") != 0) start.tier = std::stoi(options["tier"]);
  start.exclusive_key = options["key"];
  start.queued = options["queued"] == "yes";
  record_.Clear();
  return Take({now_, epoch_, start});
}

std::string Scenario::Reply(const std::string& words) {
  std::string text = words;
  auto options = TakeOptions(text, {"attempt", "pushback", "poll"});
  const auto [call, after_call] = FirstWord(text);
  const auto [code, message] = FirstWord(after_call);
  core::AttemptEnded ended{.step = StepOf(call), .phase = PhaseOf(call), .code = Code(code)};
  if (code == "PENDING") {
    ended.code = absl::StatusCode::kOk;
    ended.pending = true;
    if (options.count("poll") != 0) ended.poll_after = Duration(options["poll"]);
  }
  (ended.code == absl::StatusCode::kOk ? ended.reply : ended.message) = message;
  for (const v1::StepState& step : record_.steps()) {
    if (step.path() != ended.step) continue;
    ended.attempt = ended.phase == v1::ACTION ? step.action().total() : step.compensation().total();
  }
  if (options.count("attempt") != 0) ended.attempt = std::stoi(options["attempt"]);
  if (options.count("pushback") != 0) ended.pushback = Duration(options["pushback"]);
  return Take({now_, epoch_, ended});
}

std::string Scenario::Complete(const std::string& words) {
  const auto [call, after_call] = FirstWord(words);
  const auto [code, message] = FirstWord(after_call);
  core::Completion completion{.step = StepOf(call), .phase = PhaseOf(call), .code = Code(code)};
  (completion.code == absl::StatusCode::kOk ? completion.reply : completion.message) = message;
  return Take({now_, epoch_, completion});
}

std::string Scenario::Signal(const std::string& words) {
  const auto [name, after_name] = FirstWord(words);
  const auto [id, payload] = FirstWord(after_name);
  return Take(
      {now_, epoch_, core::Signal{.name = name, .payload = payload, .id = id, .actor = "ann"}});
}

std::string Scenario::Timer() {
  if (record_.due_us() == 0) return "nothing is due\n";
  now_ = std::max(now_, FromMicros(record_.due_us()));
  return Take({now_, epoch_, core::TimerFired{}});
}

std::string Scenario::Advance(absl::Duration by) {
  now_ += by;
  return Take({now_, epoch_, core::TimerFired{}});
}

std::string Scenario::Recover() {
  hold_ = false;
  return Take({now_, ++epoch_, core::Recovered{}});
}

std::string Scenario::Order(const std::string& verb, const std::string& words) {
  static const std::map<std::string, core::Order::Verb> kVerbs = {
      {"cancel", core::Order::Verb::kCancel}, {"pause", core::Order::Verb::kPause},
      {"resume", core::Order::Verb::kResume}, {"retry", core::Order::Verb::kRetry},
      {"skip", core::Order::Verb::kSkip},     {"resolve", core::Order::Verb::kResolve}};
  const auto found = kVerbs.find(verb);
  if (found == kVerbs.end()) return "unknown command " + verb + "\n";
  core::Order order{.verb = found->second, .actor = "ann", .reason = words};
  if (!words.empty() && words[0] == '#') {
    const auto [number, reason] = FirstWord(words.substr(1));
    order.dead_letter = std::stoi(number);
    order.reason = reason;
  }
  return Take({now_, epoch_, order});
}

std::string Scenario::Show() const {
  std::string text = core::DescribeSteps(record_);
  text += fmt::format("state: {}\n", record_.state());
  for (const v1::StoredSignal& signal : record_.signals()) {
    if (signal.taken_by().empty()) text += fmt::format("kept: {} {}\n", signal.name(), signal.id());
  }
  if (record_.due_us() != 0) {
    text += fmt::format("due in {}\n", absl::FormatDuration(FromMicros(record_.due_us()) - now_));
  }
  return text;
}

std::string Scenario::Take(core::Event event) {
  event.hold = hold_;
  core::Transition transition = core::Step(definition_, record_, event, limits_);
  std::string text = core::Transcript(event, transition) + "\n";
  for (const core::Effect& effect : transition.effects) {
    if (const auto* send = std::get_if<core::SendAttempt>(&effect)) {
      text += fmt::format("-> call {}/{} {}: {}\n", send->step,
                          send->phase == v1::ACTION ? "action" : "compensation", send->attempt,
                          send->request);
    }
  }
  if (transition.dead_letter) {
    text += fmt::format("-> dead letter {} {}\n", transition.dead_letter->number(),
                        transition.dead_letter->closed_us() == 0 ? "opened" : "closed");
  }
  if (transition.audit)
    text += fmt::format("-> audit {}: {}\n", transition.audit->verb(), transition.audit->result());
  if (transition.claim != core::KeyClaim::kNone) {
    text += fmt::format("-> {} key {}\n", ClaimName(transition.claim),
                        transition.record.exclusive_key());
  }
  record_ = internal::AsStored(record_, transition);
  return text;
}

}  // namespace skald::scenario
