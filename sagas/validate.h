// The rules that a definition must keep, checked before it is registered.
#ifndef SKALD_SAGAS_VALIDATE_H_
#define SKALD_SAGAS_VALIDATE_H_

#include <string>
#include <vector>

#include "sagas/definition.h"

namespace skald {

struct ValidationLimits {
  // With those of the children, once they are linked.
  int nodes = 200;
  // Chooses, Parallels, ForEachs and Repeats in one another, within one definition; and children in
  // one another.
  int nesting = 8;
  // Of a Repeat.
  int rounds = 1000;
  // Of a ForEach, under way at once.
  int concurrency = 1000;
  // Messages about one definition; then "and 7 more".
  int messages = 25;
};

// Levels of a tree that any walk may go down. More than a good definition can have, few enough for
// the stack.
inline constexpr int kDeepest = 256;

bool IsWithinDepth(const Node& root);

// One message per broken rule and place, each saying where, what and what to do:
//   "place_order@3: step 'capture_money' comes after the pivot 'charge' and has a compensation:
//    after the pivot a saga only goes forward; remove the compensation or move the pivot"
// At most `limits.messages` of them, then one that counts the rest. Empty: the definition is good.
std::vector<std::string> Validate(const Definition& definition,
                                  const ValidationLimits& limits = {});

// What of these rules depends on where a node stands, for a good definition whose children have
// been linked: their own rules were checked when they were registered.
std::vector<std::string> ValidateLinked(const Definition& definition,
                                        const ValidationLimits& limits = {});

}  // namespace skald

#endif  // SKALD_SAGAS_VALIDATE_H_
