// A definition's outline (CanonicalText of sagas/fingerprint.h), read back as a tree: all that is
// left of a definition whose code is gone. Pure functions, usable from any thread.
#ifndef SKALD_SAGAS_OUTLINE_H_
#define SKALD_SAGAS_OUTLINE_H_

#include <string>
#include <string_view>
#include <vector>

namespace skald {

// One line: a node, or a call of the step above it.
struct OutlineLine {
  // "step", "for_each", "action"
  std::string kind;
  // Of a node: its name. Of a call: its participant.
  std::string name;
  // The rest of the words: "pivot", or a method and its types.
  std::vector<std::string> words;
  // The names from the root down, as Node::path.
  std::string path;
  // The lines that are indented under it.
  std::vector<OutlineLine> children;

  // The word at `index`, or an empty text.
  std::string_view Word(size_t index) const;
  // The child that is a call of this role, "action" or "compensation", or null.
  const OutlineLine* CallOf(std::string_view role) const;
  // The children that are nodes.
  std::vector<const OutlineLine*> Nodes() const;

  // Compares all but paths.
  friend bool operator==(const OutlineLine& a, const OutlineLine& b) {
    return a.name == b.name && SameButName(a, b);
  }
  friend bool SameButName(const OutlineLine& a, const OutlineLine& b) {
    return a.kind == b.kind && a.words == b.words && a.children == b.children;
  }
};

struct Outline {
  std::string definition;
  std::string state_type;
  // Stands for the root; only its children mean something.
  OutlineLine root;
};

// Never fails: what is no line of an outline is left out.
Outline ParseOutline(std::string_view text);

}  // namespace skald

#endif  // SKALD_SAGAS_OUTLINE_H_
