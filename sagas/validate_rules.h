// The families of rules behind sagas/validate.h, and the words that they share. Pure.
#ifndef SKALD_SAGAS_VALIDATE_RULES_H_
#define SKALD_SAGAS_VALIDATE_RULES_H_

#include <string>
#include <string_view>

#include "sagas/definition.h"
#include "sagas/findings.h"
#include "sagas/validate.h"

namespace google::protobuf {
class Descriptor;
}  // namespace google::protobuf

namespace skald {

inline constexpr std::string_view kNameRule = "names are [a-z][a-z0-9_]*";

bool IsName(std::string_view name);

// "step 'delivery/express/book_courier'"
std::string Where(const Node& node);

// A message type that is linked into this program, or null.
const google::protobuf::Descriptor* LinkedType(const std::string& name);

// What a step says of its calls, policies and outcomes.
void CheckStep(const Node& step, Findings& findings);

// What the other kinds say of themselves. `around`: what the functions get to see, the state or the
// element of the for-each around the node; null if that is not known.
void CheckInner(const Node& node, const google::protobuf::Descriptor* around,
                const ValidationLimits& limits, Findings& findings);

// Where nodes stand with regard to the pivot, and to signals of the same name. Looks into children.
void CheckPositions(const Definition& definition, Findings& findings);

}  // namespace skald

#endif  // SKALD_SAGAS_VALIDATE_RULES_H_
