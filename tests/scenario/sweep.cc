#include "tests/scenario/sweep.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "tester/trial.h"

namespace skald::scenario {
namespace {

std::optional<internal::Trouble> TroubleNamed(const std::string& name) {
  for (const internal::Trouble trouble : internal::kTroubles) {
    if (internal::NameOf(trouble) == name) return trouble;
  }
  return std::nullopt;
}

std::string LineOf(const internal::Trial& trial) {
  std::string line = fmt::format("after {}: {}:", trial.after(),
                                 v1::Saga::Status_Name(trial.driver().record().status()));
  for (const std::string& effect : trial.effects()) line += " " + effect;
  const std::string wrong = trial.Wrong();
  return wrong.empty() ? line : "WRONG " + line + ", and " + wrong;
}

}  // namespace

std::string Sweep(const Definition& definition, const std::string& words) {
  const size_t space = words.find(' ');
  const auto trouble = TroubleNamed(words.substr(0, space));
  if (!trouble) return "no such trouble: " + words + "\n";
  const std::string state = space == std::string::npos ? "" : words.substr(space + 1);
  const internal::World world{
      .reply =
          [](const core::SendAttempt& call) { return call.step.substr(call.step.rfind('/') + 1); },
      .signal = [](const Node& await, const std::string&) { return await.name; }};
  std::string text;
  for (int place = 1;; ++place) {
    internal::Trial trial(definition, world, *trouble, place);
    const bool came = trial.Run(state);
    text += LineOf(trial) + "\n";
    if (!came) return text;
  }
}

}  // namespace skald::scenario
