#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/rules.h"

namespace skald::tidy {
namespace {

constexpr int kLongestFile = 600;
constexpr int kLongestFunction = 70;
constexpr int kLongestLine = 100;

int Columns(std::string_view line) {
  const auto is_continuation = [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
  };
  return static_cast<int>(
      line.size() - static_cast<size_t>(std::count_if(line.begin(), line.end(), is_continuation)));
}

// Blanks preprocessor directives: the braces of a macro need not match.
std::string WithoutDirectives(std::string text) {
  bool directive = false;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const size_t first = text.find_first_not_of(' ', begin);
    directive = directive || (first < end && text[first] == '#');
    const bool goes_on = end > begin && text[end - 1] == '\\';
    if (directive) {
      std::fill(text.begin() + static_cast<std::ptrdiff_t>(begin),
                text.begin() + static_cast<std::ptrdiff_t>(end), ' ');
    }
    directive = directive && goes_on;
    begin = end + 1;
  }
  return text;
}

enum class Block { kScope, kData, kFunction };

// What a brace opens, from the text between it and the last ';' or brace.
Block KindOf(std::string_view before) {
  const size_t last = before.find_last_not_of(" \n");
  if (last != std::string_view::npos && before[last] == '=') return Block::kData;
  const bool calls = before.find('(') != std::string_view::npos;
  for (std::string_view word : {"namespace", "class ", "struct ", "union ", "enum "}) {
    const size_t found = before.find(word);
    // `struct Row Read() {` is a function, `class CAPABILITY("mutex") Mutex {` a class.
    if (found != std::string_view::npos && (!calls || before[last] != ')')) return Block::kScope;
  }
  return Block::kFunction;
}

struct Opened {
  Block kind = Block::kScope;
  int line = 0;
};

// The innermost function of the outermost that is open: lambdas belong to their function.
bool WithinFunction(const std::vector<Opened>& open) {
  return std::any_of(open.begin(), open.end(),
                     [](const Opened& block) { return block.kind != Block::kScope; });
}

std::vector<Finding> LongFunctionsOf(const File& file) {
  std::vector<Finding> findings;
  const std::string code = WithoutDirectives(WithoutCommentsAndStrings(file.text));
  std::vector<Opened> open;
  size_t statement = 0;
  int line = 1;
  for (size_t i = 0; i < code.size(); ++i) {
    if (code[i] == '\n') ++line;
    if (code[i] == '{') {
      open.push_back({KindOf(std::string_view(code).substr(statement, i - statement)), line});
    }
    if (code[i] == '}' && !open.empty()) {
      const Opened block = open.back();
      open.pop_back();
      const int length = line - block.line + 1;
      if (block.kind == Block::kFunction && !WithinFunction(open) && length > kLongestFunction) {
        findings.push_back({file.path, block.line,
                            fmt::format("a function of {} lines; split it, {} are the most", length,
                                        kLongestFunction)});
      }
    }
    if (code[i] == '{' || code[i] == '}' || code[i] == ';') statement = i + 1;
  }
  return findings;
}

std::string GuardOf(std::string_view path) {
  std::string guard = "SKALD_";
  for (const char c : path) {
    guard += isalnum(static_cast<unsigned char>(c)) != 0
                 ? static_cast<char>(toupper(static_cast<unsigned char>(c)))
                 : '_';
  }
  return guard + "_";
}

bool MayHoldAnything(const File& file) {
  return file.path.find("testdata/") != std::string::npos ||
         file.path.starts_with("tests/scenario/");
}

}  // namespace

std::vector<Finding> FilesAreShort(const Tree& tree) {
  std::vector<Finding> findings;
  for (const File& file : tree.files) {
    const int lines = static_cast<int>(Lines(file.text).size());
    if (!IsSource(file) || lines <= kLongestFile) continue;
    findings.push_back({file.path, lines,
                        fmt::format("a file of {} lines; split it by what its parts do, {} are the "
                                    "most",
                                    lines, kLongestFile)});
  }
  return findings;
}

std::vector<Finding> FunctionsAreShort(const Tree& tree) {
  std::vector<Finding> findings;
  for (const File& file : tree.files) {
    if (!IsCode(file)) continue;
    for (Finding& finding : LongFunctionsOf(file)) findings.push_back(std::move(finding));
  }
  return findings;
}

std::vector<Finding> LinesAreShort(const Tree& tree) {
  std::vector<Finding> findings;
  for (const File& file : tree.files) {
    if (!IsSource(file) || MayHoldAnything(file)) continue;
    int number = 0;
    for (std::string_view line : Lines(file.text)) {
      ++number;
      const bool is_link = line.find("://") != std::string_view::npos;
      if (Columns(line) <= kLongestLine || is_link) continue;
      findings.push_back({file.path, number,
                          fmt::format("a line of {} columns; break it, {} are the most",
                                      Columns(line), kLongestLine)});
    }
  }
  return findings;
}

std::vector<Finding> GuardsMatchPaths(const Tree& tree) {
  std::vector<Finding> findings;
  for (const File& file : tree.files) {
    if (!IsHeader(file)) continue;
    const std::string guard = GuardOf(file.path);
    const std::string text = fmt::format("\n#ifndef {0}\n#define {0}\n", guard);
    if (("\n" + file.text).find(text) != std::string::npos) continue;
    findings.push_back({file.path, 0, fmt::format("the include guard must be {}", guard)});
  }
  return findings;
}

std::vector<Finding> HeadersBeginWithAComment(const Tree& tree) {
  std::vector<Finding> findings;
  for (const File& file : tree.files) {
    if (!IsHeader(file) || file.text.starts_with("// ")) continue;
    findings.push_back({file.path, 1,
                        "a header begins with a comment: what it is, an example, and whether it is "
                        "confined to a thread, immutable or locked"});
  }
  return findings;
}

std::vector<Finding> SpacesAreTidy(const Tree& tree) {
  std::vector<Finding> findings;
  for (const File& file : tree.files) {
    const bool is_text =
        IsSource(file) || file.path.ends_with(".md") || file.path.ends_with(".yaml");
    if (!is_text || MayHoldAnything(file) || file.text.empty()) continue;
    int number = 0;
    for (std::string_view line : Lines(file.text)) {
      ++number;
      if (line.find('\t') != std::string_view::npos) {
        findings.push_back({file.path, number, "a tab; use spaces"});
      }
      if (line.ends_with(' ') || line.ends_with('\r')) {
        findings.push_back({file.path, number, "space at the end of the line; delete it"});
      }
    }
    if (!file.text.ends_with('\n')) {
      findings.push_back({file.path, number, "no newline at the end of the file; add it"});
    }
  }
  return findings;
}

}  // namespace skald::tidy
