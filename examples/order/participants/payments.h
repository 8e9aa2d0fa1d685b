// The payments: what customers have, and what of it is held or captured for which order.
#ifndef SKALD_EXAMPLES_ORDER_PARTICIPANTS_PAYMENTS_H_
#define SKALD_EXAMPLES_ORDER_PARTICIPANTS_PAYMENTS_H_

#include "examples/shared/participant_main.h"

namespace shop {

demo::Participant Payments();

}  // namespace shop

#endif  // SKALD_EXAMPLES_ORDER_PARTICIPANTS_PAYMENTS_H_
