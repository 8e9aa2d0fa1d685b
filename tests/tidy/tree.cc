#include "tests/tidy/tree.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace skald::tidy {
namespace {

namespace fs = std::filesystem;

std::string OutputOf(const std::string& command) {
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return output;
  std::array<char, 4096> buffer;
  while (const size_t read = fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), read);
  }
  return pclose(pipe) == 0 ? output : std::string();
}

std::vector<std::string> TrackedPaths(const std::string& root) {
  std::vector<std::string> paths;
  std::istringstream listing(
      OutputOf(fmt::format("git -C '{}' -c core.quotePath=off ls-files 2>/dev/null", root)));
  for (std::string path; std::getline(listing, path);) paths.push_back(path);
  return paths;
}

std::vector<std::string> AllPaths(const std::string& root) {
  std::vector<std::string> paths;
  for (auto entry = fs::recursive_directory_iterator(root); entry != fs::end(entry); ++entry) {
    const std::string path = entry->path().lexically_relative(root).string();
    if (path == "build" || path == ".git" || path == ".cache") {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file()) {
      paths.push_back(path);
    }
  }
  return paths;
}

File Read(const std::string& root, const std::string& path) {
  const fs::path full = fs::path(root) / path;
  std::ostringstream text;
  text << std::ifstream(full, std::ios::binary).rdbuf();
  File file{.path = path, .text = text.str()};
  if (file.text.find('\0') != std::string::npos) file.text.clear();
  file.executable = (fs::status(full).permissions() & fs::perms::owner_exec) != fs::perms::none;
  return file;
}

template <size_t N>
bool EndsWithAny(std::string_view path, const std::array<std::string_view, N>& endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return path.ends_with(ending); });
}

// A quote within a number separates its digits.
bool IsDigitSeparator(std::string_view text, size_t quote) {
  size_t begin = quote;
  while (begin > 0 && (isalnum(text[begin - 1]) != 0 || text[begin - 1] == '\'')) --begin;
  return begin < quote && isdigit(text[begin]) != 0;
}

// One past the end of the comment or literal that begins at `begin`; `begin` if none does.
size_t EndOfOpaque(std::string_view text, size_t begin) {
  const auto after = [&](std::string_view end, size_t from) {
    const size_t found = text.find(end, from);
    return found == std::string_view::npos ? text.size() : found + end.size();
  };
  const std::string_view rest = text.substr(begin);
  if (rest.starts_with("//")) return std::min(text.find('\n', begin), text.size());
  if (rest.starts_with("/*")) return after("*/", begin + 2);
  if (rest.starts_with("R\"")) {
    const size_t open = text.find('(', begin);
    if (open == std::string_view::npos) return text.size();
    return after(fmt::format("){}\"", text.substr(begin + 2, open - begin - 2)), open);
  }
  const char quote = text[begin];
  if (quote != '"' && (quote != '\'' || IsDigitSeparator(text, begin))) return begin;
  for (size_t i = begin + 1; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == quote) return i + 1;
    if (text[i] == '\\') ++i;
  }
  return std::min(text.find('\n', begin), text.size());
}

}  // namespace

Tree ReadTree(const std::string& root) {
  std::vector<std::string> paths = TrackedPaths(root);
  if (paths.empty()) paths = AllPaths(root);
  std::sort(paths.begin(), paths.end());
  Tree tree;
  for (const std::string& path : paths) {
    if (fs::is_regular_file(fs::path(root) / path)) tree.files.push_back(Read(root, path));
  }
  return tree;
}

std::string Describe(const Finding& finding) {
  if (finding.line == 0) return fmt::format("{}: {}", finding.path, finding.message);
  return fmt::format("{}:{}: {}", finding.path, finding.line, finding.message);
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view BaseName(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string_view Folder(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

bool IsHeader(const File& file) { return file.path.ends_with(".h"); }

bool IsCode(const File& file) { return IsHeader(file) || file.path.ends_with(".cc"); }

bool IsSource(const File& file) {
  static constexpr std::array<std::string_view, 8> kEndings = {
      ".proto", ".cmake", ".sh", ".js", ".css", ".html", ".sql", "CMakeLists.txt"};
  return IsCode(file) || EndsWithAny(file.path, kEndings) || file.text.starts_with("#!");
}

bool IsForTests(const File& file) {
  static constexpr std::array<std::string_view, 3> kFolders = {"tests/", "examples/",
                                                               "benchmarks/"};
  static constexpr std::array<std::string_view, 8> kMarks = {
      "_test.",      "_testing.", "_suite.",    "_harness.",
      "conformance", "/testing/", "/testdata/", "/fake_"};
  const auto starts = [&](std::string_view folder) { return file.path.starts_with(folder); };
  const auto contains = [&](std::string_view mark) {
    return file.path.find(mark) != std::string::npos;
  };
  return std::any_of(kFolders.begin(), kFolders.end(), starts) ||
         std::any_of(kMarks.begin(), kMarks.end(), contains);
}

std::string WithoutCommentsAndStrings(std::string_view text) {
  std::string blanked(text);
  for (size_t i = 0; i < text.size();) {
    const size_t end = EndOfOpaque(text, i);
    std::replace_if(
        blanked.begin() + static_cast<std::ptrdiff_t>(i),
        blanked.begin() + static_cast<std::ptrdiff_t>(end), [](char c) { return c != '\n'; }, ' ');
    i = std::max(end, i + 1);
  }
  return blanked;
}

}  // namespace skald::tidy
