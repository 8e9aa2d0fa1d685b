// The inventory: what is on hand, and what is reserved for which order.
#ifndef SKALD_EXAMPLES_ORDER_PARTICIPANTS_INVENTORY_H_
#define SKALD_EXAMPLES_ORDER_PARTICIPANTS_INVENTORY_H_

#include "examples/shared/participant_main.h"

namespace shop {

demo::Participant Inventory();

}  // namespace shop

#endif  // SKALD_EXAMPLES_ORDER_PARTICIPANTS_INVENTORY_H_
