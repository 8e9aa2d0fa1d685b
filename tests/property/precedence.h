// Which of two steps of a saga comes before the other, by their paths alone: what the engine's
// order is judged by in tests. It shares no code with the walks that it judges.
//
// Pure.
#ifndef SKALD_TESTS_PROPERTY_PRECEDENCE_H_
#define SKALD_TESTS_PROPERTY_PRECEDENCE_H_

#include <string>

#include "sagas/definition.h"

namespace skald::property {

// Every path on which `u` and `v` both happen has `u` done before `v` begins. Both are paths of
// runs
// ("refunds/17/pay_back").
bool ComesBefore(const Definition& definition, const std::string& u, const std::string& v);

}  // namespace skald::property

#endif  // SKALD_TESTS_PROPERTY_PRECEDENCE_H_
