// The rules that a definition must keep, checked before it is registered.
#ifndef SKALD_SAGAS_VALIDATE_H_
#define SKALD_SAGAS_VALIDATE_H_

#include <string>
#include <vector>

#include "sagas/definition.h"

namespace skald {

struct ValidationLimits {
  int nodes = 200;
  int nesting = 8;
};

// One message per broken rule and place, each saying where, what and what to do:
//   "place_order@3: step 'capture_money' comes after the pivot 'charge' and has a compensation:
//    after the pivot a saga only goes forward; remove the compensation or move the pivot"
// Empty: the definition is good.
std::vector<std::string> Validate(const Definition& definition,
                                  const ValidationLimits& limits = {});

}  // namespace skald

#endif  // SKALD_SAGAS_VALIDATE_H_
