// What must be true of every history of a saga whose steps follow one upon the other. Pure
// functions.
#ifndef SKALD_TESTS_SYSTEM_HISTORY_CHECK_H_
#define SKALD_TESTS_SYSTEM_HISTORY_CHECK_H_

#include <string>
#include <vector>

#include "skald/v1/saga.pb.h"

namespace skald::system_test {

// One sentence for each thing that is wrong with the history of a saga that has ended:
//  - numbers are 1..n without gap or repeat, epochs never fall (I11, I10);
//  - it begins with the start and tells the end once, as the saga does; nothing is sent after it;
//  - an action is sent only after the success of the one before (I4), and none after the first
//    compensation (I6);
//  - a compensation is sent only after those of all later steps have succeeded (I5), and not for a
//    step that was clearly refused;
//  - attempts are numbered one by one, each ends before the next, none follows a success, and the
//    saga counts the same ones.
std::vector<std::string> HistoryViolations(const v1::Saga& saga,
                                           const std::vector<v1::HistoryEntry>& history);

}  // namespace skald::system_test

#endif  // SKALD_TESTS_SYSTEM_HISTORY_CHECK_H_
