// Code in the documentation is code that compiles. A block that follows a line such as
//
//   <!-- code: examples/order/order.cc place_order -->
//
// must be what stands in that file between the lines `// [place_order]` and `// [/place_order]`, or
// the whole file if no region is named. SKALD_UPDATE_GOLDEN=1 brings the blocks up to date.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace skald {
namespace {

constexpr char kMark[] = "<!-- code: ";

std::string Read(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> Pages() {
  std::vector<std::filesystem::path> pages = {"README.md"};
  for (const auto& entry : std::filesystem::recursive_directory_iterator("docs")) {
    if (entry.path().extension() == ".md") pages.push_back(entry.path());
  }
  return pages;
}

// Nothing: there is no such file or region.
std::optional<std::string> Region(const std::string& file, const std::string& region) {
  if (!std::filesystem::exists(file)) return std::nullopt;
  const std::string text = Read(file);
  if (region.empty()) return text;
  std::istringstream lines(text);
  std::string found;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    const size_t first = line.find_first_not_of(" #/");
    const std::string word = first == std::string::npos ? "" : line.substr(first);
    if (word == "[/" + region + "]") return found;
    if (inside) found += line + "\n";
    if (word == "[" + region + "]") inside = true;
  }
  return std::nullopt;
}

// The page with every marked block replaced by what it is taken from.
std::string Refreshed(const std::filesystem::path& page, std::vector<std::string>& problems) {
  std::istringstream lines(Read(page));
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    out += line + "\n";
    if (line.rfind(kMark, 0) != 0) continue;
    std::istringstream words(line.substr(sizeof(kMark) - 1));
    std::string file, region;
    words >> file >> region;
    if (region == "-->") region.clear();
    const std::optional<std::string> code = Region(file, region);
    if (!code) problems.push_back(page.string() + ": there is no '" + region + "' in " + file);
    std::string fence;
    std::getline(lines, fence);
    out += fence + "\n" + code.value_or("");
    for (std::string old; std::getline(lines, old) && old != "```";) continue;
    out += "```\n";
  }
  return out;
}

TEST(DocsTest, CodeInThemIsTheCodeThatCompiles) {
  std::vector<std::string> problems;
  for (const auto& page : Pages()) {
    const std::string fresh = Refreshed(page, problems);
    if (std::getenv("SKALD_UPDATE_GOLDEN") != nullptr) {
      std::ofstream(page) << fresh;
    } else {
      EXPECT_EQ(Read(page), fresh) << page << ": run this test with SKALD_UPDATE_GOLDEN=1";
    }
  }
  for (const std::string& problem : problems) ADD_FAILURE() << problem;
}

}  // namespace
}  // namespace skald
