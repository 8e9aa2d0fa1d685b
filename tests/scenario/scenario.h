// Runs one scenario file against the core: prose, commands and the transcript that is expected.
//
//   # Prose: what this is about.
//   start books
//   ----
//   start s => r1 RUNNING: STARTED; reserve/action 1 sent
//   -> call reserve/action 1: reserve.Do(books)
//
// A block is commands (lines), "----", and what they print, up to the next blank line. Commands:
//
//   define                        the indented lines that follow (definition_text.h)
//   limits state=N message=N history=N
//   start [words] [deadline=10s] [at=10s] [tier=N] [key=k] [queued]
//   reply <step>/<action|compensation> <CODE|PENDING> [text] [attempt=N] [pushback=1s] [poll=5s]
//   complete <step>/<action|compensation> <CODE> [text]
//   signal <name> <id> [words]
//   timer                         moves the clock to the due time and fires
//   advance 5s                    moves the clock; fires if the due time was reached
//   hold                          the engine is stopping: nothing is started until `recovered`
//   recovered                     the engine died: what is not stored is gone; another takes over
//   cancel|pause|resume|retry|skip|resolve [#N] [reason]
//   mend <words>                  edits the state, as an operator would
//   show                          the steps, the state and what is due
//   sweep <trouble> [words]       runs the saga once for each place that the trouble can have, and
//                                 prints how each run ended (sweep.h)
//
// After every transition the saga is put together again out of what a store would have kept, and
// goes on from that.
#ifndef SKALD_TESTS_SCENARIO_SCENARIO_H_
#define SKALD_TESTS_SCENARIO_SCENARIO_H_

#include <string>
#include <string_view>

#include "engine/core/machine.h"
#include "sagas/definition.h"

namespace skald::scenario {

// Runs all commands of one file, in order. Confined.
class Scenario final {
 public:
  // The file as it would be if every expectation were what was printed.
  std::string Run(std::string_view file);

 private:
  std::string RunCommand(const std::string& line, const std::string& block);
  std::string Define(const std::string& block);
  std::string SetLimits(const std::string& line);
  std::string Start(const std::string& words);
  std::string Reply(const std::string& words);
  std::string Complete(const std::string& words);
  std::string Signal(const std::string& words);
  std::string Advance(absl::Duration by);
  std::string Timer();
  std::string Recover();
  std::string Order(const std::string& verb, const std::string& words);
  std::string Show() const;
  std::string Take(core::Event event);

  Definition definition_;
  core::Limits limits_;
  v1::SagaRecord record_;
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  int64_t epoch_ = 1;
  bool hold_ = false;
};

}  // namespace skald::scenario

#endif  // SKALD_TESTS_SCENARIO_SCENARIO_H_
