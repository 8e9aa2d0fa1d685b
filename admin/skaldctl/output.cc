#include "admin/skaldctl/output.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "admin/skaldctl/text.h"
#include "base/check.h"
#include "base/status.h"
#include "base/text.h"

namespace skald::ctl {
namespace {

constexpr std::array<std::pair<std::string_view, Format>, 6> kFormats = {{
    {"table", Format::kTable},
    {"wide", Format::kWide},
    {"json", Format::kJson},
    {"jsonl", Format::kJsonl},
    {"yaml", Format::kYaml},
    {"name", Format::kName},
}};

std::string RenderTable(const Listing& listing, Format format) {
  if (listing.items.empty()) return "";
  Table table(listing.columns);
  for (const Item& item : listing.items) table.AddRow(item.cells, item.note);
  return table.Render(format == Format::kWide ? kNoWidthLimit : kTableWidth);
}

}  // namespace

absl::StatusOr<Format> ParseFormat(std::string_view text) {
  std::vector<std::string> names;
  for (const auto& [name, format] : kFormats) {
    if (name == text) return format;
    names.emplace_back(name);
  }
  const std::string_view nearest = Nearest(text, names);
  return InvalidArgument("unknown output format '{}'{}: there are {}", Printable(text),
                         nearest.empty() ? "" : fmt::format(" (did you mean {}?)", nearest),
                         fmt::join(names, ", "));
}

bool IsTabular(Format format) { return format == Format::kTable || format == Format::kWide; }

std::string RenderJson(const Json& json, Format format) {
  switch (format) {
    case Format::kJsonl: return ToCompactJson(json) + "\n";
    case Format::kYaml: return ToYaml(json);
    default: return ToPrettyJson(json);
  }
}

std::string RenderList(const Listing& listing, Format format) {
  if (IsTabular(format)) return RenderTable(listing, format);
  std::string lines;
  if (format == Format::kName) {
    for (const Item& item : listing.items) lines += Printable(item.name) + "\n";
    return lines;
  }
  if (format == Format::kJsonl) {
    for (const Item& item : listing.items) lines += RenderJson(item.json, format);
    return lines;
  }
  Json list = Json::Array();
  for (const Item& item : listing.items) list.children.push_back(item.json);
  Json response = Json::Object();
  response.AddMember(listing.json_key, std::move(list));
  return RenderJson(response, format);
}

std::string RenderOne(const Listing& listing, Format format) {
  SKALD_CHECK(listing.items.size() == 1, "{} items where one was meant", listing.items.size());
  if (IsTabular(format)) return RenderTable(listing, format);
  if (format == Format::kName) return Printable(listing.items[0].name) + "\n";
  return RenderJson(listing.items[0].json, format);
}

}  // namespace skald::ctl
