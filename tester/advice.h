// What a failed expectation says beside what was expected: what is the case, and what to write
// instead. Part of the tester; authors never name it. Pure functions.
#ifndef SKALD_TESTER_ADVICE_H_
#define SKALD_TESTER_ADVICE_H_

#include <string>
#include <string_view>

#include "skald/v1/saga.pb.h"
#include "tester/driver.h"

namespace skald::internal {

// What is under way, or what the saga waits for, or how it ended.
std::string Situation(const Driver& driver);

// Why this call is not under way, and what to write if it was to be.
std::string WhyNotCalled(const Driver& driver, std::string_view step, v1::Phase phase);

// "REJECTED at 'hold_money' "no funds"", or "nothing".
std::string Because(const v1::Cause& cause);

// The row of a node that was reached, or null.
const v1::StepState* FindStep(const v1::SagaRecord& record, std::string_view path);

}  // namespace skald::internal

#endif  // SKALD_TESTER_ADVICE_H_
