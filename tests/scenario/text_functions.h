// Authors' functions for definitions that are written as text (definition_text.h): the state is a
// line of words. Pure.
#ifndef SKALD_TESTS_SCENARIO_TEXT_FUNCTIONS_H_
#define SKALD_TESTS_SCENARIO_TEXT_FUNCTIONS_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sagas/definition.h"

namespace skald::scenario {

// Whether a function throws while the state lacks the word "fixed".
enum class Throws { kNever, kUntilFixed };

bool HasWord(std::string_view state, std::string_view word);

// "reserve.Do(<state>)"; within a for-each "reserve.Do(<element>)". Keeps the reply's words.
// `loop_prefix`: of the elements of the innermost for-each, empty outside.
Call TextCall(const std::string& step, std::string_view method, const std::string& loop_prefix,
              Throws make, Throws keep);

std::function<absl::StatusOr<bool>(const Scope&)> HasWordGuard(const std::string& word,
                                                               Throws throws);

// The words that begin with `prefix`.
ForEachPart EachWord(const std::string& prefix, Throws throws);

// Keeps the signal's words. "garbage" does not parse.
std::function<absl::StatusOr<std::string>(const Scope&, std::string_view)> KeepWords(
    const std::string& what, Throws throws);

std::function<absl::StatusOr<std::string>(const Scope&)> NoteWord(const std::string& word,
                                                                  Throws throws);

std::function<absl::StatusOr<absl::Time>(const Scope&, absl::Time)> After(const std::string& what,
                                                                          absl::Duration duration,
                                                                          Throws throws);

// Begins with the word "sub"; the parent keeps "<name>[<its words>]".
ChildPart TextChild(const std::string& name, Throws make, Throws keep);

}  // namespace skald::scenario

#endif  // SKALD_TESTS_SCENARIO_TEXT_FUNCTIONS_H_
