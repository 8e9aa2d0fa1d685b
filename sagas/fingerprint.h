// What makes a definition the same definition: a running saga finds its steps again by it.
//
// Pure functions, usable from any thread.
#ifndef SKALD_SAGAS_FINGERPRINT_H_
#define SKALD_SAGAS_FINGERPRINT_H_

#include <string>

#include "sagas/definition.h"

namespace skald {

// One line per node and call, in order: names, kinds, methods, message types, participants, pivot,
// and which arms have a guard. Not the version number, nor what may change under one version:
// functions, policies, timeouts. A difference of two texts shows what changed:
//
//   definition place_order
//   state shop.v1.OrderState
//   step reserve_stock
//     action inventory /shop.v1.Inventory/Reserve shop.v1.ReserveRequest shop.v1.ReserveResponse
std::string CanonicalText(const Definition& definition);

// 16 hex digits, over CanonicalText. Equal in every release: it is stored.
std::string Fingerprint(const Definition& definition);

}  // namespace skald

#endif  // SKALD_SAGAS_FINGERPRINT_H_
