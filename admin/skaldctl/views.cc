#include "admin/skaldctl/views.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "admin/skaldctl/error_text.h"
#include "admin/skaldctl/text.h"

namespace skald::ctl {
namespace {

// Nobody looks at a table for milliseconds.
std::string Age(const google::protobuf::Timestamp& time, absl::Time now) {
  return ShortDuration(absl::Trunc(now - ToTime(time), absl::Seconds(1)));
}

std::string Ago(const google::protobuf::Timestamp& time, absl::Time now) {
  return fmt::format("{} ({} ago)", FullTime(time), Age(time, now));
}

std::string Until(const google::protobuf::Timestamp& time, absl::Time now) {
  const absl::Duration left = ToTime(time) - now;
  return left > absl::ZeroDuration() ? fmt::format("in {}", ShortDuration(left))
                                     : fmt::format("{} ago", ShortDuration(-left));
}

std::string ClockTime(const google::protobuf::Timestamp& time, absl::TimeZone zone) {
  return absl::FormatTime("%H:%M:%E3S", ToTime(time), zone);
}

std::string NameAtVersion(const std::string& name, int version) {
  return fmt::format("{}@{}", name, version);
}

std::string StatusText(const v1::Saga& saga) {
  return v1::Saga::Status_Name(saga.status()) + (saga.paused() ? ",PAUSED" : "");
}

std::string LabelsText(const v1::Saga& saga) {
  std::vector<std::string> labels;
  for (const auto& [key, value] : saga.labels()) labels.push_back(fmt::format("{}={}", key, value));
  std::sort(labels.begin(), labels.end());
  return fmt::format("{}", fmt::join(labels, ","));
}

std::string Lower(std::string text) {
  for (char& c : text) c = c == '_' ? ' ' : (c >= 'A' && c <= 'Z') ? static_cast<char>(c + 32) : c;
  return text;
}

std::string KindText(const v1::HistoryEntry& entry) {
  using Entry = v1::HistoryEntry;
  switch (entry.kind()) {
    case Entry::ATTEMPT_SENT: return "SENT";
    case Entry::ATTEMPT_ENDED: return "ENDED";
    case Entry::COMPENSATION_STARTED: return "COMPENSATING";
    case Entry::DEADLINE_PASSED: return "DEADLINE";
    // The verb says more than that there was one.
    case Entry::ORDERED: return entry.verb();
    case Entry::REFUSED: return entry.verb() + " REFUSED";
    default: return Entry::Kind_Name(entry.kind());
  }
}

std::string OutcomeText(v1::HistoryEntry::Outcome outcome) {
  if (outcome == v1::HistoryEntry::OUTCOME_UNSPECIFIED) return "";
  constexpr size_t kPrefix = sizeof("OUTCOME_") - 1;
  return v1::HistoryEntry::Outcome_Name(outcome).substr(kPrefix);
}

// The step as its idempotency key names it: the phase is told where it is not the action.
std::string StepText(const v1::HistoryEntry& entry) {
  return entry.phase() == v1::COMPENSATION ? entry.step() + "/compensation" : entry.step();
}

std::string HistoryWords(const v1::HistoryEntry& entry) {
  std::vector<std::string> parts;
  if (const std::string words = CodeAndWords(entry.code(), entry.message()); !words.empty()) {
    parts.push_back(words);
  }
  if (entry.cause() != v1::Cause::KIND_UNSPECIFIED) {
    parts.push_back(fmt::format("because {}", v1::Cause::Kind_Name(entry.cause())));
  }
  if (entry.kind() == v1::HistoryEntry::CHOSEN) {
    parts.push_back(entry.arm().empty() ? "no arm" : fmt::format("arm {}", entry.arm()));
  }
  if (!entry.actor().empty()) parts.push_back(fmt::format("by {}", entry.actor()));
  return fmt::format("{}", fmt::join(parts, "; "));
}

// "ID:        order-1"
void AppendField(std::string_view name, const std::string& value, std::string& out) {
  if (value.empty()) return;
  out += fmt::format("{:<13}{}\n", fmt::format("{}:", name), Printable(value));
}

std::string StepTable(const v1::Saga& saga, absl::Time now) {
  Table table(
      {{"STEP", Shrink::kMayCutStart}, {"STATUS"}, {"ATTEMPTS"}, {"COMPENSATIONS"}, {"NEXT"}});
  for (const v1::Step& step : saga.steps()) {
    const std::string status =
        v1::Step::Status_Name(step.status()) + (step.stuck() ? ",STUCK" : "");
    const bool done = step.status() == v1::Step::SUCCEEDED ||
                      step.status() == v1::Step::COMPENSATED || step.status() == v1::Step::SKIPPED;
    table.AddRow(
        {step.arm().empty() ? step.path() : fmt::format("{} -> {}", step.path(), step.arm()),
         status, fmt::format("{}", step.action_attempts()),
         fmt::format("{}", step.compensation_attempts()),
         step.has_next_attempt_time() ? Until(step.next_attempt_time(), now) : ""},
        done ? "" : CodeAndWords(step.last_code(), step.last_message()));
  }
  return table.Render(kTableWidth);
}

}  // namespace

std::string CodeAndWords(int code, const std::string& words) {
  if (code == 0) return words;
  return words.empty() ? GrpcCodeName(code) : fmt::format("{}: {}", GrpcCodeName(code), words);
}

std::string CauseText(const v1::Cause& cause) {
  std::string text = v1::Cause::Kind_Name(cause.kind());
  if (!cause.step().empty()) text += fmt::format(" at {}", cause.step());
  if (const std::string words = CodeAndWords(cause.code(), cause.message()); !words.empty()) {
    text += fmt::format(" ({})", words);
  }
  return text;
}

Listing SagaListing(Format format) {
  Listing listing{.json_key = "sagas", .columns = {}, .items = {}};
  listing.columns = {{"ID"}, {"DEFINITION", Shrink::kMayCut}, {"STATUS"}};
  if (format == Format::kWide) {
    listing.columns.insert(listing.columns.end(),
                           {{"CAUSE"}, {"DUE"}, {"DEAD LETTER"}, {"REVISION"}, {"LABELS"}});
  }
  listing.columns.push_back({"AGE"});
  return listing;
}

Item SagaItem(const v1::Saga& saga, Format format, absl::Time now) {
  Item item{.name = saga.id(), .json = {}, .cells = {}, .note = ""};
  if (!IsTabular(format)) {
    item.json = ToJson(saga);
    return item;
  }
  item.cells = {saga.id(), NameAtVersion(saga.definition(), saga.definition_version()),
                StatusText(saga)};
  if (format == Format::kWide) {
    item.cells.insert(item.cells.end(), {saga.has_cause() ? CauseText(saga.cause()) : "",
                                         saga.has_due_time() ? Until(saga.due_time(), now) : "",
                                         saga.dead_letter_id(), fmt::format("{}", saga.revision()),
                                         LabelsText(saga)});
  }
  item.cells.push_back(Age(saga.create_time(), now));
  return item;
}

Listing HistoryListing(Format format) {
  Listing listing{.json_key = "entries", .columns = {}, .items = {}};
  listing.columns = {{"#"},       {"TIME"},   {"WHAT"}, {"STEP", Shrink::kMayCutStart},
                     {"ATTEMPT"}, {"OUTCOME"}};
  if (format == Format::kWide) {
    listing.columns.insert(listing.columns.end(), {{"TOOK"}, {"EPOCH"}, {"CODE AND MESSAGE"}});
  }
  return listing;
}

Item HistoryItem(const v1::HistoryEntry& entry, Format format, absl::TimeZone zone) {
  Item item{.name = fmt::format("{}", entry.number()), .json = {}, .cells = {}, .note = ""};
  if (!IsTabular(format)) {
    item.json = ToJson(entry);
    return item;
  }
  const std::string words = HistoryWords(entry);
  item.cells = {item.name,
                format == Format::kWide ? FullTime(entry.time()) : ClockTime(entry.time(), zone),
                KindText(entry),
                StepText(entry),
                entry.attempt() > 0 ? fmt::format("{}", entry.attempt()) : "",
                OutcomeText(entry.outcome())};
  if (format == Format::kWide) {
    const absl::Duration took =
        absl::Seconds(entry.elapsed().seconds()) + absl::Nanoseconds(entry.elapsed().nanos());
    item.cells.insert(item.cells.end(), {entry.has_elapsed() ? ShortDuration(took) : "",
                                         fmt::format("{}", entry.epoch()), words});
  } else {
    // There is no room for it in the row, and it is what one came for.
    item.note = words;
  }
  return item;
}

Listing DeadLetterListing(Format format) {
  Listing listing{.json_key = "deadLetters", .columns = {}, .items = {}};
  if (format == Format::kWide) {
    listing.columns = {{"ID"},       {"DEFINITION"}, {"STEP"},   {"PHASE"}, {"CAUSE"},
                       {"ATTEMPTS"}, {"MESSAGE"},    {"CLOSED"}, {"AGE"}};
  } else {
    listing.columns = {{"ID"}, {"STEP", Shrink::kMayCutStart}, {"CAUSE", Shrink::kMayCut}, {"AGE"}};
  }
  return listing;
}

Item DeadLetterItem(const v1::DeadLetter& letter, Format format, absl::Time now) {
  Item item{.name = letter.id(), .json = {}, .cells = {}, .note = ""};
  if (!IsTabular(format)) {
    item.json = ToJson(letter);
    return item;
  }
  const v1::Cause& cause = letter.cause();
  if (format == Format::kWide) {
    item.cells = {letter.id(),
                  NameAtVersion(letter.definition(), letter.definition_version()),
                  letter.step(),
                  Lower(v1::Phase_Name(letter.phase())),
                  v1::Cause::Kind_Name(cause.kind()),
                  fmt::format("{}", letter.attempts()),
                  CodeAndWords(cause.code(), cause.message()),
                  letter.closed_by(),
                  Age(letter.create_time(), now)};
  } else {
    const bool compensation = letter.phase() == v1::COMPENSATION;
    item.cells = {letter.id(), compensation ? letter.step() + "/compensation" : letter.step(),
                  letter.has_close_time() ? fmt::format("closed by {}", letter.closed_by())
                                          : v1::Cause::Kind_Name(cause.kind()),
                  Age(letter.create_time(), now)};
  }
  return item;
}

Listing AuditListing(Format format) {
  Listing listing{.json_key = "entries", .columns = {}, .items = {}};
  listing.columns = {{"SAGA"}, {"VERB"}, {"ACTOR", Shrink::kMayCut}};
  if (format == Format::kWide) {
    listing.columns.insert(listing.columns.end(), {{"TIME"}, {"DEAD LETTER"}});
  }
  listing.columns.insert(listing.columns.end(), {{"RESULT", Shrink::kMayCut}, {"AGE"}});
  return listing;
}

Item AuditItem(const v1::AuditEntry& entry, Format format, absl::Time now) {
  Item item{.name = entry.id(), .json = {}, .cells = {}, .note = ""};
  if (!IsTabular(format)) {
    item.json = ToJson(entry);
    return item;
  }
  item.cells = {entry.saga_id(), entry.verb(), entry.actor()};
  if (format == Format::kWide) {
    item.cells.insert(item.cells.end(), {FullTime(entry.time()), entry.dead_letter_id()});
  }
  item.cells.insert(item.cells.end(), {entry.result(), Age(entry.time(), now)});
  item.note = entry.reason();
  return item;
}

Listing DefinitionListing(Format format) {
  Listing listing{.json_key = "definitions", .columns = {}, .items = {}};
  listing.columns = {{"NAME"}, {"VERSION"}, {"STATE", Shrink::kMayCut}};
  listing.columns.push_back({"PARTICIPANTS", Shrink::kMayCut});
  if (format == Format::kWide) listing.columns.push_back({"FINGERPRINT"});
  return listing;
}

Item DefinitionItem(const v1::DefinitionInfo& definition, Format format) {
  Item item{.name = NameAtVersion(definition.name(), definition.version()),
            .json = {},
            .cells = {},
            .note = ""};
  if (!IsTabular(format)) {
    item.json = ToJson(definition);
    return item;
  }
  item.cells = {definition.name(), fmt::format("{}", definition.version()), definition.state_type(),
                fmt::format("{}", fmt::join(definition.participants(), ","))};
  if (format == Format::kWide) item.cells.push_back(definition.fingerprint());
  return item;
}

std::string SagaDetails(const v1::Saga& saga, absl::Time now) {
  std::string out;
  AppendField("ID", saga.id(), out);
  AppendField("Definition", NameAtVersion(saga.definition(), saga.definition_version()), out);
  AppendField("Status", StatusText(saga), out);
  if (saga.has_cause()) AppendField("Cause", CauseText(saga.cause()), out);
  AppendField("Dead letter", saga.dead_letter_id(), out);
  AppendField("Labels", LabelsText(saga), out);
  AppendField("Started", Ago(saga.create_time(), now), out);
  if (saga.has_finish_time()) AppendField("Finished", Ago(saga.finish_time(), now), out);
  if (saga.has_deadline()) {
    AppendField("Deadline",
                fmt::format("{} ({})", FullTime(saga.deadline()), Until(saga.deadline(), now)),
                out);
  }
  if (saga.has_due_time()) AppendField("Due", Until(saga.due_time(), now), out);
  AppendField("Revision",
              fmt::format("{} (shard {}, epoch {})", saga.revision(), saga.shard(), saga.epoch()),
              out);
  if (saga.steps_size() > 0) out += "\n" + StepTable(saga, now);
  if (saga.state_json().empty()) return out;
  const absl::StatusOr<Json> state = ParseJson(saga.state_json());
  out += "\nState:\n";
  out += state.ok() ? ToPrettyJson(*state) : PrintableLines(saga.state_json()) + "\n";
  return out;
}

std::string DeadLetterDetails(const v1::DeadLetter& letter, absl::Time now) {
  std::string out;
  AppendField("ID", letter.id(), out);
  AppendField("Saga", letter.saga_id(), out);
  AppendField("Definition", NameAtVersion(letter.definition(), letter.definition_version()), out);
  AppendField("Step", letter.step(), out);
  AppendField("Phase", Lower(v1::Phase_Name(letter.phase())), out);
  AppendField("Cause", CauseText(letter.cause()), out);
  AppendField("Attempts", fmt::format("{}", letter.attempts()), out);
  AppendField("Parked", Ago(letter.create_time(), now), out);
  if (letter.has_close_time()) {
    AppendField("Closed", Ago(letter.close_time(), now), out);
    AppendField("Closed by", fmt::format("{} of {}", letter.closed_by(), letter.close_actor()),
                out);
    AppendField("Reason", letter.close_reason(), out);
  }
  return out;
}

std::string DefinitionDetails(const v1::DefinitionInfo& definition) {
  std::string out;
  AppendField("Name", definition.name(), out);
  AppendField("Version", fmt::format("{}", definition.version()), out);
  AppendField("State", definition.state_type(), out);
  AppendField("Participants", fmt::format("{}", fmt::join(definition.participants(), ", ")), out);
  AppendField("Fingerprint", definition.fingerprint(), out);
  return out;
}

std::string ChangeLine(const v1::Saga& before, const v1::Saga& saga, absl::TimeZone zone) {
  std::map<std::string_view, std::string> known;
  for (const v1::Step& step : before.steps()) known[step.path()] = step.SerializeAsString();
  std::vector<std::string> changes;
  for (const v1::Step& step : saga.steps()) {
    const auto old = known.find(step.path());
    if (old != known.end() && old->second == step.SerializeAsString()) continue;
    std::string change = fmt::format("{} {}", step.path(), v1::Step::Status_Name(step.status()));
    const bool waits = step.has_next_attempt_time() || step.stuck();
    if (step.status() == v1::Step::COMPENSATING && step.compensation_attempts() > 0) {
      change += fmt::format(", attempt {}", step.compensation_attempts());
    } else if (step.status() == v1::Step::RUNNING && step.action_attempts() > 0) {
      change += fmt::format(", attempt {}", step.action_attempts());
    }
    if (waits || step.status() == v1::Step::REJECTED) {
      if (const std::string words = CodeAndWords(step.last_code(), step.last_message());
          !words.empty()) {
        change += fmt::format(" ({})", words);
      }
    }
    if (!step.arm().empty()) change += fmt::format(" -> {}", step.arm());
    changes.push_back(change);
  }
  const std::string line = fmt::format("{}  {:<13}  {}", ClockTime(saga.update_time(), zone),
                                       StatusText(saga), fmt::join(changes, "; "));
  return Printable(line.substr(0, line.find_last_not_of(' ') + 1)) + "\n";
}

}  // namespace skald::ctl
