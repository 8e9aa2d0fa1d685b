// What clients and operators order: cancel, pause, resume, retry, skip, resolve. Pure, on a Work.
#ifndef SKALD_ENGINE_CORE_ORDERS_H_
#define SKALD_ENGINE_CORE_ORDERS_H_

#include "engine/core/work.h"

namespace skald::core {

// Carries the order out, or refuses it through work.Answer. An order that was carried out before is
// answered OK and changes nothing.
void TakeOrder(Work& work, const Order& order);

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_ORDERS_H_
