#include "sagas/outline.h"

#include <sstream>
#include <utility>

#include "sagas/validate.h"

namespace skald {
namespace {

bool IsCall(std::string_view kind) { return kind == "action" || kind == "compensation"; }

struct RawLine {
  size_t depth = 0;
  OutlineLine line;
};

std::vector<RawLine> Split(std::string_view text, Outline& outline) {
  std::vector<RawLine> lines;
  std::istringstream stream{std::string(text)};
  for (std::string each; std::getline(stream, each);) {
    const size_t indent = each.find_first_not_of(' ');
    if (indent == std::string::npos) continue;
    RawLine raw{.depth = indent / 2};
    std::istringstream words(each);
    words >> raw.line.kind >> raw.line.name;
    for (std::string word; words >> word;) raw.line.words.push_back(std::move(word));
    if (raw.line.kind == "definition") {
      outline.definition = raw.line.name;
    } else if (raw.line.kind == "state") {
      outline.state_type = raw.line.name;
    } else if (raw.depth < kDeepest) {
      lines.push_back(std::move(raw));
    }
  }
  return lines;
}

// Takes the lines from `next` on that are at least so deep as children of `parent`.
void Take(std::vector<RawLine>& lines, size_t& next, size_t depth, OutlineLine& parent) {
  while (next < lines.size() && lines[next].depth >= depth) {
    const size_t own = lines[next].depth;
    OutlineLine line = std::move(lines[next++].line);
    line.path = parent.path.empty() ? line.name : parent.path + "/" + line.name;
    Take(lines, next, own + 1, line);
    parent.children.push_back(std::move(line));
  }
}

}  // namespace

std::string_view OutlineLine::Word(size_t index) const {
  return index < words.size() ? std::string_view(words[index]) : std::string_view();
}

const OutlineLine* OutlineLine::CallOf(std::string_view role) const {
  for (const OutlineLine& child : children) {
    if (child.kind == role) return &child;
  }
  return nullptr;
}

std::vector<const OutlineLine*> OutlineLine::Nodes() const {
  std::vector<const OutlineLine*> nodes;
  for (const OutlineLine& child : children) {
    if (!IsCall(child.kind)) nodes.push_back(&child);
  }
  return nodes;
}

Outline ParseOutline(std::string_view text) {
  Outline outline;
  std::vector<RawLine> lines = Split(text, outline);
  size_t next = 0;
  Take(lines, next, 0, outline.root);
  return outline;
}

}  // namespace skald
