#include <fmt/core.h>

#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/rules.h"

namespace skald::tidy {
namespace {

// Whether `text` holds `word` with no letter, digit or '_' next to it.
bool HasWord(std::string_view text, std::string_view word) {
  const auto is_part = [&](size_t at) {
    return at < text.size() &&
           (isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_');
  };
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    if (!(at > 0 && is_part(at - 1)) && !is_part(at + word.size())) return true;
  }
  return false;
}

// Whether a foreach puts the file's name together: "${part}_main.cc", and "inventory" in its list.
bool IsPutTogether(std::string_view list, std::string_view name) {
  static const std::regex kPattern(R"(([\w/]*)\$\{\w+\}([\w.]*\.cc))");
  const std::string text(list);
  for (std::sregex_iterator match(text.begin(), text.end(), kPattern), end; match != end; ++match) {
    const std::string before((*match)[1]);
    const std::string after((*match)[2]);
    const std::string_view beginning = BaseName(before);
    if (name.size() <= beginning.size() + after.size()) continue;
    if (!name.starts_with(beginning) || !name.ends_with(after)) continue;
    const size_t length = name.size() - beginning.size() - after.size();
    if (HasWord(list, name.substr(beginning.size(), length))) return true;
  }
  return false;
}

// Whether a CMakeLists.txt of the file's folder, or of one above it, names the file.
bool IsNamedByCMake(const Tree& tree, const File& file) {
  const std::string_view name = BaseName(file.path);
  const std::string_view stem = name.substr(0, name.rfind('.'));
  for (const File& list : tree.files) {
    if (BaseName(list.path) != "CMakeLists.txt") continue;
    const std::string_view folder = Folder(list.path);
    const bool is_above = folder.empty() || file.path.starts_with(fmt::format("{}/", folder));
    if (!is_above) continue;
    if (HasWord(list.text, name) || HasWord(list.text, stem)) return true;
    if (IsPutTogether(list.text, name)) return true;
  }
  return false;
}

// Blanks what stands between back quotes: examples hold no links.
std::string WithoutExamples(std::string text) {
  static const std::regex kExample("```[^]*?```|`[^`\n]*`");
  std::string result;
  auto from = text.cbegin();
  for (std::sregex_iterator match(text.cbegin(), text.cend(), kExample), end; match != end;
       ++match) {
    result.append(from, (*match)[0].first);
    for (auto c = (*match)[0].first; c != (*match)[0].second; ++c)
      result += *c == '\n' ? '\n' : ' ';
    from = (*match)[0].second;
  }
  return result.append(from, text.cend());
}

// All files and the folders they are in.
std::set<std::string> PlacesOf(const Tree& tree) {
  std::set<std::string> places;
  for (const File& file : tree.files) {
    places.insert(file.path);
    for (std::string_view folder = Folder(file.path); !folder.empty(); folder = Folder(folder)) {
      places.emplace(folder);
    }
  }
  return places;
}

}  // namespace

std::vector<Finding> CodeIsBuilt(const Tree& tree) {
  std::vector<Finding> findings;
  for (const File& file : tree.files) {
    if (!file.path.ends_with(".cc") || IsNamedByCMake(tree, file)) continue;
    findings.push_back(
        {file.path, 0,
         "no CMakeLists.txt names it, so nobody builds or runs it; name it in the one "
         "of its folder, or delete it"});
  }
  return findings;
}

std::vector<Finding> NothingIsLeftForLater(const Tree& tree) {
  // In two halves each, so that this file keeps its own rule.
  static constexpr std::string_view kNotes[] = {
      "TO"
      "DO",
      "FIX"
      "ME",
      "XX"
      "X"};
  static constexpr std::string_view kSkips[] = {
      "GTEST_"
      "SKIP",
      "DISAB"
      "LED_"};
  std::vector<Finding> findings;
  for (const File& file : tree.files) {
    if (!IsSource(file)) continue;
    int number = 0;
    for (std::string_view line : Lines(file.text)) {
      ++number;
      for (std::string_view note : kNotes) {
        if (!HasWord(line, note)) continue;
        findings.push_back(
            {file.path, number, fmt::format("{}: do it now, or open an issue", note)});
      }
      for (std::string_view skip : kSkips) {
        if (line.find(skip) == std::string_view::npos) continue;
        findings.push_back({file.path, number,
                            fmt::format("{}: a test that does not run proves nothing; mend it or "
                                        "delete it",
                                        skip)});
      }
    }
  }
  return findings;
}

std::vector<Finding> ScriptsRun(const Tree& tree) {
  std::vector<Finding> findings;
  for (const File& file : tree.files) {
    const bool is_script = file.path.starts_with("scripts/") || file.path == ".ci/run";
    const bool is_sourced = file.path.starts_with("scripts/lib/");
    if (!is_script || is_sourced) continue;
    if (!file.executable) {
      findings.push_back({file.path, 0, "not executable; chmod +x"});
    }
    if (!file.text.starts_with("#!")) {
      findings.push_back({file.path, 1, "must begin with #! and its interpreter"});
    } else if (Lines(file.text)[0].ends_with("bash") &&
               file.text.find("\nset -euo pipefail\n") == std::string::npos) {
      findings.push_back({file.path, 0, "a bash script must say: set -euo pipefail"});
    }
  }
  return findings;
}

std::vector<Finding> LinksResolve(const Tree& tree) {
  static const std::regex kLink(R"(\]\(<?([^)\s>#]+)(#[^)\s>]*)?>?[^)\n]*\))");
  const std::set<std::string> places = PlacesOf(tree);
  std::vector<Finding> findings;
  for (const File& file : tree.files) {
    if (!file.path.ends_with(".md")) continue;
    const std::string text = WithoutExamples(file.text);
    int number = 0;
    for (std::string_view view : Lines(text)) {
      ++number;
      const std::string line(view);
      for (std::sregex_iterator match(line.begin(), line.end(), kLink), end; match != end;
           ++match) {
        const std::string link = (*match)[1];
        if (link.find(':') != std::string::npos) continue;
        std::filesystem::path target = std::filesystem::path(Folder(file.path)) / link;
        std::string place = target.lexically_normal().generic_string();
        if (place.ends_with('/')) place.pop_back();
        if (place == "." || places.contains(place)) continue;
        findings.push_back(
            {file.path, number, fmt::format("{} leads nowhere; mend the link", link)});
      }
    }
  }
  return findings;
}

}  // namespace skald::tidy
