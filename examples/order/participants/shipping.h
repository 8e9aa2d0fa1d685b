// The shipping: which parcel is booked, cancelled or on its way.
#ifndef SKALD_EXAMPLES_ORDER_PARTICIPANTS_SHIPPING_H_
#define SKALD_EXAMPLES_ORDER_PARTICIPANTS_SHIPPING_H_

#include "examples/shared/participant_main.h"

namespace shop {

demo::Participant Shipping();

}  // namespace shop

#endif  // SKALD_EXAMPLES_ORDER_PARTICIPANTS_SHIPPING_H_
