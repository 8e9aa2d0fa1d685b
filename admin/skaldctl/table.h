// Tables as kubectl prints them: columns two spaces apart, the name first, the age last.
//
//   Table table({{"ID", Shrink::kNever}, {"STATUS", Shrink::kNever}, {"MESSAGE",
//   Shrink::kMayCut}}); table.AddRow({"order-1", "RUNNING", "no route to host"});
//   table.Render(kTableWidth);
//
// Threading: confined.
#ifndef SKALD_ADMIN_SKALDCTL_TABLE_H_
#define SKALD_ADMIN_SKALDCTL_TABLE_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace skald::ctl {

inline constexpr size_t kTableWidth = 80;
inline constexpr size_t kNoWidthLimit = static_cast<size_t>(-1);

// What happens to a column when the table is too wide. Identifiers are never cut: half of one is
// of no use. (A table of very long identifiers is wider than it should be.) A path loses its
// beginning: the end tells one step from the next.
enum class Shrink { kNever, kMayCut, kMayCutStart };

struct Column {
  std::string header;
  Shrink shrink = Shrink::kNever;
};

class Table final {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell per column. Cells are cleaned with Printable; an empty one is shown as `-`.
  // `note`, where not empty, stands below the row, indented and wrapped.
  void AddRow(std::vector<std::string> cells, std::string note = "");

  // With header; each line ends with a line break. Cuts what may be cut, widest first, until the
  // rows fit into `width`.
  [[nodiscard]] std::string Render(size_t width) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    std::string note;
  };

  [[nodiscard]] std::vector<size_t> FitWidths(size_t width) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace skald::ctl

#endif  // SKALD_ADMIN_SKALDCTL_TABLE_H_
