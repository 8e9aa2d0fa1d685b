#include "admin/skaldctl/views.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "admin/skaldctl/sentences.h"
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

std::string StatusText(const v1::Saga& saga) {
  return v1::Saga::Status_Name(saga.status()) + (saga.queued() ? ",QUEUED" : "") +
         (saga.paused() ? ",PAUSED" : "");
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

// What comes at entry.next_attempt_time().
std::string NextWords(const v1::HistoryEntry& entry) {
  using Entry = v1::HistoryEntry;
  const std::string time = FullTime(entry.next_attempt_time());
  switch (entry.kind()) {
    case Entry::STARTED: return fmt::format("begins at {}", time);
    case Entry::WAITING: return fmt::format("until {}", time);
    default:
      return entry.outcome() == Entry::OUTCOME_PENDING ? fmt::format("asked again at {}", time)
                                                       : fmt::format("tried again at {}", time);
  }
}

// What an entry of a wait, a loop or a queue says beyond its kind.
std::string NodeWords(const v1::HistoryEntry& entry) {
  using Entry = v1::HistoryEntry;
  const std::string& id = entry.message();
  switch (entry.kind()) {
    case Entry::QUEUED: return "another saga holds its key";
    case Entry::WAITING: return entry.has_next_attempt_time() ? "" : "however long it takes";
    case Entry::WAIT_ENDED:
      if (entry.timed_out()) return "no signal came in time";
      return id.empty() ? "" : fmt::format("took the signal {}", id);
    case Entry::SIGNALLED: return fmt::format("the signal {} came", id);
    default: return CodeAndWords(entry.code(), entry.message());
  }
}

std::string HistoryWords(const v1::HistoryEntry& entry) {
  std::vector<std::string> parts;
  if (const std::string words = NodeWords(entry); !words.empty()) parts.push_back(words);
  if (entry.kind() == v1::HistoryEntry::LOOPED) {
    parts.push_back(fmt::format("count {}", entry.count()));
  }
  if (entry.cause() != v1::Cause::KIND_UNSPECIFIED) {
    parts.push_back(fmt::format("because {}", v1::Cause::Kind_Name(entry.cause())));
  }
  if (entry.kind() == v1::HistoryEntry::CHOSEN) {
    parts.push_back(entry.arm().empty() ? "no arm" : fmt::format("arm {}", entry.arm()));
  }
  if (entry.has_next_attempt_time()) parts.push_back(NextWords(entry));
  if (entry.verb() == "complete") parts.push_back("told by CompleteStep");
  if (!entry.actor().empty()) parts.push_back(fmt::format("by {}", entry.actor()));
  return fmt::format("{}", fmt::join(parts, "; "));
}

// The path, and what the node came to: its arm, its elements, its round, its child.
std::string StepName(const v1::Step& step) {
  std::string name = step.path();
  if (!step.arm().empty()) name += fmt::format(" -> {}", step.arm());
  if (step.kind() == v1::Step::FOR_EACH) {
    name += fmt::format(" ({} element{})", step.count(), step.count() == 1 ? "" : "s");
  }
  if (step.round() > 0) name += fmt::format(" (round {})", step.round());
  if (!step.child_definition().empty()) name += fmt::format(" ({})", step.child_definition());
  return name;
}

// Only calls have attempts.
std::string AttemptsText(const v1::Step& step, int attempts) {
  const bool is_call = step.kind() == v1::Step::STEP || step.kind() == v1::Step::KIND_UNSPECIFIED;
  return is_call ? fmt::format("{}", attempts) : "";
}

std::string NextText(const v1::Step& step, absl::Time now) {
  if (step.has_next_attempt_time()) return Until(step.next_attempt_time(), now);
  if (step.has_wake_time()) return Until(step.wake_time(), now);
  return "";
}

std::string StepNote(const v1::Saga& saga, const v1::Step& step, absl::Time now) {
  std::vector<std::string> parts;
  for (std::string words : {Waits(step, now), Progress(saga, step)}) {
    if (!words.empty()) parts.push_back(std::move(words));
  }
  const bool done = step.status() == v1::Step::SUCCEEDED ||
                    step.status() == v1::Step::COMPENSATED || step.status() == v1::Step::SKIPPED;
  const std::string last = CodeAndWords(step.last_code(), step.last_message());
  if (!done && !last.empty()) parts.push_back(last);
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string StepTable(const v1::Saga& saga, absl::Time now) {
  Table table(
      {{"STEP", Shrink::kMayCutStart}, {"STATUS"}, {"ATTEMPTS"}, {"COMPENSATIONS"}, {"NEXT"}});
  for (const v1::Step& step : saga.steps()) {
    std::string status = v1::Step::Status_Name(step.status());
    if (step.has_pending_until()) status += ",PENDING";
    if (step.stuck()) status += ",STUCK";
    table.AddRow({StepName(step), status, AttemptsText(step, step.action_attempts()),
                  AttemptsText(step, step.compensation_attempts()), NextText(step, now)},
                 StepNote(saga, step, now));
  }
  return table.Render(kTableWidth);
}

std::string KeptSignals(const v1::Saga& saga) {
  std::vector<std::string> signals;
  for (const v1::KeptSignal& signal : saga.kept_signals()) {
    signals.push_back(fmt::format("{} ({})", signal.name(), signal.id()));
  }
  return fmt::format("{}", fmt::join(signals, ", "));
}

std::string_view TierText(int tier) {
  switch (tier) {
    case 0: return "0 (critical)";
    case 2: return "2 (best effort)";
    default: return "";
  }
}

// The states of the saga and of its children, as JSON.
std::string StateText(std::string_view title, const std::string& json) {
  if (json.empty()) return "";
  const absl::StatusOr<Json> state = ParseJson(json);
  return fmt::format("\n{}:\n{}", Printable(title),
                     state.ok() ? ToPrettyJson(*state) : PrintableLines(json) + "\n");
}

}  // namespace

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
  item.note = NotBegun(saga, now);
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

std::string SagaDetails(const v1::Saga& saga, absl::Time now) {
  std::string out;
  AppendField("ID", saga.id(), out);
  AppendField("Definition", NameAtVersion(saga.definition(), saga.definition_version()), out);
  AppendField("Status", StatusText(saga), out);
  if (saga.has_cause()) AppendField("Cause", CauseText(saga.cause()), out);
  AppendField("Dead letter", saga.dead_letter_id(), out);
  AppendField("Labels", LabelsText(saga), out);
  AppendField("Tier", std::string(TierText(saga.tier())), out);
  AppendField("Key", saga.exclusive_key(), out);
  AppendField("Waits", NotBegun(saga, now), out);
  AppendField("Signals", KeptSignals(saga), out);
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
  out += StateText("State", saga.state_json());
  for (const v1::Step& step : saga.steps()) {
    out += StateText("State of " + step.path(), step.child_state_json());
  }
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
