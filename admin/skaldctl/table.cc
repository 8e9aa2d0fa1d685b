#include "admin/skaldctl/table.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "admin/skaldctl/text.h"
#include "base/check.h"

namespace skald::ctl {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kLeastCutWidth = 8;
constexpr size_t kNoteIndent = 4;

void AppendLine(const std::vector<std::string>& cells, const std::vector<Column>& columns,
                const std::vector<size_t>& widths, std::string& out) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = columns[i].shrink == Shrink::kMayCutStart
                                 ? CutStart(cells[i], widths[i])
                                 : Cut(cells[i], widths[i]);
    line += cell;
    if (i + 1 < cells.size()) line.append(widths[i] - DisplayWidth(cell) + kGap, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line;
  out += '\n';
}

}  // namespace

void Table::AddRow(std::vector<std::string> cells, std::string note) {
  SKALD_CHECK(cells.size() == columns_.size(), "{} cells for {} columns", cells.size(),
              columns_.size());
  for (std::string& cell : cells) cell = cell.empty() ? "-" : Printable(cell);
  rows_.push_back({std::move(cells), Printable(note)});
}

std::vector<size_t> Table::FitWidths(size_t width) const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t widest = DisplayWidth(columns_[i].header);
    for (const Row& row : rows_) widest = std::max(widest, DisplayWidth(row.cells[i]));
    widths.push_back(widest);
  }
  const size_t gaps = kGap * (columns_.size() - 1);
  size_t total = std::accumulate(widths.begin(), widths.end(), gaps);
  const auto least = [&](size_t i) {
    return std::max(kLeastCutWidth, DisplayWidth(columns_[i].header));
  };
  while (total > width) {
    size_t victim = columns_.size();
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].shrink == Shrink::kNever || widths[i] <= least(i)) continue;
      if (victim == columns_.size() || widths[i] > widths[victim]) victim = i;
    }
    if (victim == columns_.size()) break;
    --widths[victim];
    --total;
  }
  return widths;
}

std::string Table::Render(size_t width) const {
  const std::vector<size_t> widths = FitWidths(width);
  std::string out;
  std::vector<std::string> headers;
  for (const Column& column : columns_) headers.push_back(column.header);
  AppendLine(headers, columns_, widths, out);
  for (const Row& row : rows_) {
    AppendLine(row.cells, columns_, widths, out);
    const size_t note_width = width == kNoWidthLimit ? width : width - kNoteIndent;
    for (const std::string& line : Wrap(row.note, note_width)) {
      out.append(kNoteIndent, ' ').append(line).append("\n");
    }
  }
  return out;
}

}  // namespace skald::ctl
