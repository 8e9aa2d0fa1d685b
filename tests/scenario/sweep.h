// One saga, run again and again, each time with the same trouble in another place:
//
//   sweep cancel r:1 r:2
//
// The saga starts with the words as its state. Its participants are well guarded (one effect per
// key, early compensations block late actions), answer one call after the other, and all is well
// but for the trouble. Signals are sent as soon as nothing else is under way, before any timer; a
// parked saga is retried. One line per run: where the trouble came, how the saga ended, and what
// took effect in the end: "a b -b -a" (a minus is a compensation).
//
//   cancel     an operator cancels after the n-th event
//   deadline   the saga's deadline passes after the n-th event
//   crash      the engine dies after the n-th event, and calls under way are answered to nobody
//   reject     the n-th call is refused
//   lose       the n-th call arrives, and its reply is lost
//   exhaust    the n-th call arrives; it and all that repeat it are never answered
//
// Pure.
#ifndef SKALD_TESTS_SCENARIO_SWEEP_H_
#define SKALD_TESTS_SCENARIO_SWEEP_H_

#include <string>

#include "sagas/definition.h"

namespace skald::scenario {

// `words`: the trouble, then the state. A line that begins with "WRONG" tells of books that do not
// agree with how the saga ended.
std::string Sweep(const Definition& definition, const std::string& words);

}  // namespace skald::scenario

#endif  // SKALD_TESTS_SCENARIO_SWEEP_H_
