// How the process ends, and what it says of that on stderr.
//
// Threading: functions that share nothing.
#ifndef SKALD_ENGINE_SERVER_EXIT_CODE_H_
#define SKALD_ENGINE_SERVER_EXIT_CODE_H_

#include <string_view>

namespace skald::server {

inline constexpr int kCannotRun = 1;
// Arguments, settings or definitions are wrong.
inline constexpr int kWrongUse = 2;
// `replay` found sagas that would go another way.
inline constexpr int kOtherWay = 3;

// Writes "skaldd: " and each line of `messages`. Returns `exit_code`.
int Fail(int exit_code, std::string_view messages);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_EXIT_CODE_H_
