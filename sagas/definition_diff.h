// What changed between two outlines of a definition (CanonicalText of sagas/fingerprint.h), in
// sentences for people. Works on the texts alone: the old definition's code may be gone.
//
//   for (const std::string& change : DescribeChanges(stored.outline, CanonicalText(definition)))
//   // step 'charge' calls payments /shop.v1.Payments/Charge2 instead of payments /shop.v1.Pay...
//   // step 'ship' was added after 'charge'
//
// Pure functions, usable from any thread.
#ifndef SKALD_SAGAS_DEFINITION_DIFF_H_
#define SKALD_SAGAS_DEFINITION_DIFF_H_

#include <string>
#include <string_view>
#include <vector>

namespace skald {

// One sentence per change, without a full stop: what stayed and is otherwise, then what moved, went
// and came. Empty: the texts are equal. What is under a child that is another version now is not
// told apart.
std::vector<std::string> DescribeChanges(std::string_view old_outline,
                                         std::string_view new_outline);

}  // namespace skald

#endif  // SKALD_SAGAS_DEFINITION_DIFF_H_
