#include "tests/scenario/text_functions.h"

#include <algorithm>
#include <sstream>
#include <vector>

#include "base/status.h"

namespace skald::scenario {
namespace {

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  std::istringstream stream{std::string(text)};
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::vector<std::string> WordsWith(std::string_view state, const std::string& prefix) {
  std::vector<std::string> words = Words(state);
  std::erase_if(words, [&](const std::string& word) { return word.rfind(prefix, 0) != 0; });
  return words;
}

std::string Append(std::string_view state, std::string_view words) {
  if (words.empty()) return std::string(state);
  return state.empty() ? std::string(words) : fmt::format("{} {}", state, words);
}

// What an author's function does that throws until the state is mended.
absl::Status Trouble(Throws throws, std::string_view state, std::string_view what) {
  if (throws == Throws::kNever || HasWord(state, "fixed")) return absl::OkStatus();
  return Internal("{} threw: out of order", what);
}

}  // namespace

bool HasWord(std::string_view state, std::string_view word) {
  const std::vector<std::string> words = Words(state);
  return std::find(words.begin(), words.end(), word) != words.end();
}

Call TextCall(const std::string& step, std::string_view method, const std::string& loop_prefix,
              Throws make, Throws keep) {
  const std::string what = fmt::format("{}.{}", step, method);
  return {
      .participant = step,
      .method = fmt::format("/test.{}/{}", step, method),
      .request_type = "test.Text",
      .response_type = "test.Text",
      .make_request = [what, make, loop_prefix](const Scope& scope) -> absl::StatusOr<std::string> {
        SKALD_RETURN_IF_ERROR(Trouble(make, scope.state, "the request of " + what));
        if (loop_prefix.empty()) return fmt::format("{}({})", what, scope.state);
        const auto elements = WordsWith(scope.state, loop_prefix);
        return fmt::format("{}({})", what, elements.at(static_cast<size_t>(scope.elements.back())));
      },
      .keep_response = [what, keep](const Scope& scope,
                                    std::string_view reply) -> absl::StatusOr<std::string> {
        if (reply == "garbage") return absl::DataLossError("the reply does not parse");
        SKALD_RETURN_IF_ERROR(Trouble(keep, scope.state, "the reply of " + what));
        return Append(scope.state, reply);
      }};
}

std::function<absl::StatusOr<bool>(const Scope&)> HasWordGuard(const std::string& word,
                                                               Throws throws) {
  return [word, throws](const Scope& scope) -> absl::StatusOr<bool> {
    SKALD_RETURN_IF_ERROR(Trouble(throws, scope.state, "the guard of " + word));
    return HasWord(scope.state, word);
  };
}

ForEachPart EachWord(const std::string& prefix, Throws throws) {
  return {.field = prefix,
          .element_type = "string",
          .count = [prefix, throws](const Scope& scope) -> absl::StatusOr<int> {
            SKALD_RETURN_IF_ERROR(Trouble(throws, scope.state, "the count of " + prefix));
            return static_cast<int>(WordsWith(scope.state, prefix).size());
          }};
}

std::function<absl::StatusOr<std::string>(const Scope&, std::string_view)> KeepWords(
    const std::string& what, Throws throws) {
  return
      [what, throws](const Scope& scope, std::string_view message) -> absl::StatusOr<std::string> {
        if (message == "garbage") return absl::DataLossError("the signal does not parse");
        SKALD_RETURN_IF_ERROR(Trouble(throws, scope.state, "the signal of " + what));
        return Append(scope.state, message);
      };
}

std::function<absl::StatusOr<std::string>(const Scope&)> NoteWord(const std::string& word,
                                                                  Throws throws) {
  return [word, throws](const Scope& scope) -> absl::StatusOr<std::string> {
    SKALD_RETURN_IF_ERROR(Trouble(throws, scope.state, "the note of " + word));
    return Append(scope.state, word);
  };
}

std::function<absl::StatusOr<absl::Time>(const Scope&, absl::Time)> After(const std::string& what,
                                                                          absl::Duration duration,
                                                                          Throws throws) {
  return
      [what, duration, throws](const Scope& scope, absl::Time now) -> absl::StatusOr<absl::Time> {
        SKALD_RETURN_IF_ERROR(Trouble(throws, scope.state, "the time of " + what));
        return now + duration;
      };
}

ChildPart TextChild(const std::string& name, Throws make, Throws keep) {
  return {.definition = name,
          .version = 1,
          .state_type = "test.Text",
          .make_state = [name, make](const Scope& scope) -> absl::StatusOr<std::string> {
            SKALD_RETURN_IF_ERROR(Trouble(make, scope.state, "the start of " + name));
            return "sub";
          },
          .keep_state = [name, keep](const Scope& scope,
                                     std::string_view child) -> absl::StatusOr<std::string> {
            SKALD_RETURN_IF_ERROR(Trouble(keep, scope.state, "the end of " + name));
            std::string words(child);
            std::replace(words.begin(), words.end(), ' ', ',');
            return Append(scope.state, fmt::format("{}[{}]", name, words));
          }};
}

}  // namespace skald::scenario
