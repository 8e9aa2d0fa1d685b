#include "sagas/outline_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace skald {
namespace {

// Sentences about one node.
class Sentences final {
 public:
  explicit Sentences(std::string_view what) : what_(what) {}

  // "<what> <does> <after> instead of <before>", if the two differ.
  void Instead(std::string_view does, std::string_view before, std::string_view after) {
    if (before != after) Say("{} {} {} instead of {}", what_, does, after, before);
  }

  template <typename... Args>
  void Say(fmt::format_string<Args...> format, Args&&... args) {
    all_.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  std::string_view what() const { return what_; }
  std::vector<std::string> Take() { return std::move(all_); }

 private:
  std::string_view what_;
  std::vector<std::string> all_;
};

bool HasWord(const OutlineLine& line, std::string_view word) {
  return std::find(line.words.begin(), line.words.end(), word) != line.words.end();
}

// "payments /shop.v1.Payments/Charge"
std::string CallText(const OutlineLine& call) {
  return fmt::format("{} {}", call.name, call.Word(0));
}

void CompareCalls(const OutlineLine& before, const OutlineLine& after, std::string_view role,
                  Sentences& sentences) {
  const bool is_action = role == "action";
  const OutlineLine* old_call = before.CallOf(role);
  const OutlineLine* new_call = after.CallOf(role);
  if (old_call == nullptr && new_call == nullptr) return;
  const std::string_view what = sentences.what();
  if (old_call == nullptr) {
    sentences.Say("{} {} {} now", what, is_action ? "calls" : "is compensated by",
                  CallText(*new_call));
    return;
  }
  if (new_call == nullptr) {
    sentences.Say("{} {}", what, is_action ? "calls nothing any more" : "has no compensation now");
    return;
  }
  sentences.Instead(is_action ? "calls" : "is compensated by", CallText(*old_call),
                    CallText(*new_call));
  const std::string of = is_action ? "" : " to its compensation";
  sentences.Instead("sends" + of, old_call->Word(1), new_call->Word(1));
  const std::string from = is_action ? "" : " from its compensation";
  sentences.Instead("receives" + from, old_call->Word(2), new_call->Word(2));
}

std::string_view FallbackText(std::string_view word) {
  if (word == "compensate") return "turns the saga back";
  if (word == "continue") return "goes on";
  return "parks the saga";
}

std::string_view InsteadText(std::string_view word) {
  if (word == "compensate") return "turning it back";
  if (word == "continue") return "going on";
  return "parking it";
}

// `index`: of the fallback among the words.
void CompareFallbacks(const OutlineLine& before, const OutlineLine& after, size_t index,
                      std::string_view when, Sentences& sentences) {
  if (before.Word(index) == after.Word(index)) return;
  sentences.Say("{} {} when {}, instead of {}", sentences.what(), FallbackText(after.Word(index)),
                when, InsteadText(before.Word(index)));
}

void CompareAwaits(const OutlineLine& before, const OutlineLine& after, Sentences& sentences) {
  sentences.Instead("takes", before.Word(0), after.Word(0));
  const bool was_for_ever = before.Word(1) == "forever";
  const bool is_for_ever = after.Word(1) == "forever";
  if (is_for_ever && !was_for_ever) sentences.Say("{} waits for ever now", sentences.what());
  if (was_for_ever && !is_for_ever) {
    sentences.Say("{} does not wait for ever any more: it {} when nothing comes", sentences.what(),
                  FallbackText(after.Word(2)));
  }
  if (!was_for_ever && !is_for_ever) {
    CompareFallbacks(before, after, 2, "nothing comes", sentences);
  }
}

}  // namespace

std::string_view KindText(const OutlineLine& line, const OutlineLine* parent) {
  if (line.kind == "for_each") return "for-each";
  if (line.kind == "turn_back") return "turn-back";
  if (line.kind == "sequence" && parent != nullptr) {
    if (parent->kind == "choose") return "arm";
    if (parent->kind == "parallel") return "branch";
  }
  return line.kind;
}

std::string DescribeLine(const OutlineLine& line, const OutlineLine* parent) {
  return fmt::format("{} '{}'", KindText(line, parent), line.path);
}

std::vector<std::string> DescribeNodeChanges(const OutlineLine& before, const OutlineLine& after,
                                             std::string_view what) {
  Sentences sentences(what);
  if (after.kind == "step") {
    const bool was_pivot = HasWord(before, "pivot");
    const bool is_pivot = HasWord(after, "pivot");
    if (is_pivot && !was_pivot) sentences.Say("{} is the pivot now", what);
    if (was_pivot && !is_pivot) sentences.Say("{} is not the pivot any more", what);
    CompareCalls(before, after, "action", sentences);
    CompareCalls(before, after, "compensation", sentences);
  } else if (after.kind == "sequence") {
    const bool was_guarded = HasWord(before, "guarded");
    const bool is_guarded = HasWord(after, "guarded");
    if (is_guarded && !was_guarded) sentences.Say("{} has a guard now", what);
    if (was_guarded && !is_guarded) sentences.Say("{} has no guard any more", what);
  } else if (after.kind == "for_each") {
    sentences.Instead("goes over", before.Word(0), after.Word(0));
    sentences.Instead("has elements of type", before.Word(1), after.Word(1));
    const bool was_concurrent = HasWord(before, "concurrent");
    const bool is_concurrent = HasWord(after, "concurrent");
    if (is_concurrent && !was_concurrent) {
      sentences.Say("{} has several elements under way at once now", what);
    }
    if (was_concurrent && !is_concurrent) {
      sentences.Say("{} has one element after the other now", what);
    }
  } else if (after.kind == "repeat") {
    if (before.Word(1) != after.Word(1)) {
      sentences.Say("{} has at most {} rounds instead of {}", what, after.Word(1), before.Word(1));
    }
    CompareFallbacks(before, after, 3, "its rounds are used up", sentences);
  } else if (after.kind == "await") {
    CompareAwaits(before, after, sentences);
  } else if (after.kind == "child") {
    sentences.Instead("is", before.Word(0), after.Word(0));
    sentences.Instead("has a state of type", before.Word(1), after.Word(1));
  }
  return sentences.Take();
}

}  // namespace skald
