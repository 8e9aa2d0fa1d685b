// place_order: a shop's order as a saga. The five-minute example: stock is reserved, money is held,
// a parcel is booked by courier or post; then the money is taken, which is the pivot, and the
// parcel leaves.
#ifndef SKALD_EXAMPLES_ORDER_ORDER_H_
#define SKALD_EXAMPLES_ORDER_ORDER_H_

#include "sagas/definition.h"

namespace shop {

// State: shop.v1.OrderState. Participants: inventory, payments, shipping.
skald::Definition PlaceOrder();

}  // namespace shop

#endif  // SKALD_EXAMPLES_ORDER_ORDER_H_
