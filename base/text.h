// Text from outside, made fit to be stored and shown.
#ifndef SKALD_BASE_TEXT_H_
#define SKALD_BASE_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace skald {

// Valid UTF-8 without NUL, at most `most` bytes, cut between characters. Each byte that is not part
// of a valid character becomes '?'.
std::string CleanText(std::string_view text, size_t most);

// The element of `known` nearest to `word` by edit distance, or empty if none is within a third of
// its length: for "unknown key 'partcipants': did you mean 'participants'?".
template <typename Range>
std::string_view Nearest(std::string_view word, const Range& known);

// Levenshtein's distance.
size_t EditDistance(std::string_view a, std::string_view b);

template <typename Range>
std::string_view Nearest(std::string_view word, const Range& known) {
  std::string_view best;
  size_t least = word.size() / 3 + 1;
  for (const auto& candidate : known) {
    const std::string_view text(candidate);
    if (const size_t distance = EditDistance(word, text);
        distance <= least && distance < text.size()) {
      if (best.empty() || distance < least) best = text;
      least = distance;
    }
  }
  return best;
}

}  // namespace skald

#endif  // SKALD_BASE_TEXT_H_
