// place_order: a shop's order as a saga. The five-minute example: stock is reserved, money is held,
// a parcel is booked and leaves, which is the pivot; then the money is taken.
//
// Two versions stand side by side, as they must while sagas of the first one are under way. In
// version 1 the parcel was booked among the steps of the order, and the money taken before it left.
// In version 2 the shipping is a definition of its own, ship_order, and a child of the order:
// whoever else ships something can use it, and the money is taken when the parcel has left.
#ifndef SKALD_EXAMPLES_ORDER_ORDER_H_
#define SKALD_EXAMPLES_ORDER_ORDER_H_

#include "sagas/definition.h"

namespace shop {

// place_order@2. State: shop.v1.OrderState. Participants: inventory, payments; shipping in its
// child.
skald::Definition PlaceOrder();

// place_order@1. State: shop.v1.OrderState. Participants: inventory, payments, shipping.
skald::Definition PlaceOrderV1();

// ship_order@1. State: shop.v1.ShippingState. Participant: shipping.
skald::Definition ShipOrder();

}  // namespace shop

#endif  // SKALD_EXAMPLES_ORDER_ORDER_H_
