#include "admin/skaldctl/definition_views.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "admin/skaldctl/sentences.h"
#include "admin/skaldctl/table.h"
#include "admin/skaldctl/text.h"

namespace skald::ctl {
namespace {

std::string KeyText(v1::DefinitionInfo::WhenKeyTaken when) {
  switch (when) {
    case v1::DefinitionInfo::REJECT: return "a second start is rejected";
    case v1::DefinitionInfo::JOIN: return "a second start joins the first";
    case v1::DefinitionInfo::QUEUE: return "a second start waits for the first";
    default: return "";
  }
}

// "customer_confirms takes shop.v1.Confirmation, within 24h, then compensates"
std::string SignalText(const v1::AwaitedSignal& signal) {
  std::string text = fmt::format("{} takes {}", signal.path(), signal.message_type());
  const std::string_view follows = Follows(signal.otherwise());
  if (signal.has_within()) {
    text += ", within " + ShortDuration(ToDuration(signal.within()));
  } else if (!follows.empty()) {
    text += ", until a time of the state";
  }
  if (!follows.empty()) text += fmt::format(", then {}", follows);
  return text;
}

std::string Section(std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string out = fmt::format("\n{}:\n", title);
  for (const std::string& line : lines) out += Bullet(line);
  return out;
}

}  // namespace

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
  if (definition.missing()) item.note = "not in this server: only the store remembers it";
  return item;
}

Listing RunningListing() {
  return {.json_key = "counts", .columns = {{"DEFINITION"}, {"STATUS"}, {"SAGAS"}}, .items = {}};
}

Item RunningItem(const v1::RunningCount& count, Format format) {
  Item item{.name = NameAtVersion(count.definition(), count.version()),
            .json = {},
            .cells = {},
            .note = ""};
  if (!IsTabular(format)) {
    item.json = ToJson(count);
    return item;
  }
  item.cells = {item.name, v1::Saga::Status_Name(count.status()), fmt::format("{}", count.sagas())};
  if (count.missing()) item.note = "not in this server: it leaves these sagas alone";
  return item;
}

Item AdviceItem(const v1::DefinitionInfo& definition, const std::string& advice) {
  Item item{.name = NameAtVersion(definition.name(), definition.version()),
            .json = Json::Object(),
            .cells = {},
            .note = ""};
  item.json.AddMember("definition", Json::String(item.name));
  item.json.AddMember("advice", Json::String(advice));
  return item;
}

std::string DefinitionDetails(const v1::DefinitionInfo& definition) {
  std::string out;
  AppendField("Name", definition.name(), out);
  AppendField("Version", fmt::format("{}", definition.version()), out);
  if (definition.missing()) {
    AppendField("Missing", "this server lacks it: only the store remembers it", out);
  }
  AppendField("State", definition.state_type(), out);
  AppendField("Participants", fmt::format("{}", fmt::join(definition.participants(), ", ")), out);
  AppendField("Fingerprint", definition.fingerprint(), out);
  if (definition.has_deadline()) {
    AppendField("Deadline", ShortDuration(ToDuration(definition.deadline())) + " after its start",
                out);
  }
  AppendField("Key", KeyText(definition.when_key_taken()), out);
  std::vector<std::string> signals;
  for (const v1::AwaitedSignal& signal : definition.signals()) {
    signals.push_back(SignalText(signal));
  }
  std::vector<std::string> children;
  for (const v1::ChildDefinition& child : definition.children()) {
    children.push_back(
        fmt::format("{} is {}", child.path(), NameAtVersion(child.definition(), child.version())));
  }
  out += Section("Signals", signals);
  out += Section("Children", children);
  out += Section("Advice", {definition.advice().begin(), definition.advice().end()});
  if (definition.outline().empty()) return out;
  out += "\nOutline:\n" + PrintableLines(definition.outline());
  return out.back() == '\n' ? out : out + "\n";
}

std::string Bullet(const std::string& text) {
  std::string out;
  for (const std::string& line : Wrap(Printable(text), kTableWidth - 2)) {
    out += fmt::format("{}{}\n", out.empty() ? "- " : "  ", line);
  }
  return out;
}

}  // namespace skald::ctl
