// What a command prints: one list or one thing, in the format of -o.
// Threading: plain values and functions.
#ifndef SKALD_ADMIN_SKALDCTL_OUTPUT_H_
#define SKALD_ADMIN_SKALDCTL_OUTPUT_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "admin/skaldctl/json.h"
#include "admin/skaldctl/table.h"

namespace skald::ctl {

enum class Format { kTable, kWide, kJson, kJsonl, kYaml, kName };

// INVALID_ARGUMENT names the formats, and the nearest one.
absl::StatusOr<Format> ParseFormat(std::string_view text);

struct Item {
  // What other commands take: an id, or `place_order@3`.
  std::string name;
  Json json;
  // One per column of its listing.
  std::vector<std::string> cells;
  // Shown below its row; see Table::AddRow.
  std::string note;
};

struct Listing {
  // The key of the list in the API's response: `sagas`.
  std::string json_key;
  std::vector<Column> columns;
  std::vector<Item> items;
};

// Table, one JSON object with the list in it, a JSON object per line, or a name per line. The table
// of an empty list is empty: there is no header without a row.
std::string RenderList(const Listing& listing, Format format);

// The only item of `listing` by itself: JSON without the list around it.
std::string RenderOne(const Listing& listing, Format format);

// For kJson, kJsonl and kYaml.
std::string RenderJson(const Json& json, Format format);

[[nodiscard]] bool IsTabular(Format format);

}  // namespace skald::ctl

#endif  // SKALD_ADMIN_SKALDCTL_OUTPUT_H_
