// What makes a definition the same definition: a running saga finds its steps again by it.
//
// Pure functions, usable from any thread.
#ifndef SKALD_SAGAS_FINGERPRINT_H_
#define SKALD_SAGAS_FINGERPRINT_H_

#include <string>
#include <string_view>

#include "sagas/definition.h"

namespace skald {

// "step", "for_each": a kind of node, in the text below and to people.
std::string_view KindWord(Node::Kind kind);

// The outline: one line per node and call, in order: names, kinds, methods, message types,
// participants, pivot, which arms have a guard, and the bounds and fallbacks that decide the path.
// Not the version number, nor what may change under one version: functions, policies, durations,
// how many elements are under way at once (but whether more than one are). Of a linked definition
// (sagas/link.h) with the nodes of its children. It is stored; sagas/definition_diff.h tells people
// how two of them differ.
//
//   definition place_order
//   state shop.v1.OrderState
//   step reserve_stock
//     action inventory /shop.v1.Inventory/Reserve shop.v1.ReserveRequest shop.v1.ReserveResponse
//   await approval shop.v1.Approval else compensate
//   for_each parcels parcels shop.v1.Parcel
//     repeat label most 3 else dead_letter
//       step print
//   child delivery ship@2 shop.v1.ShipState
//     step pack
std::string CanonicalText(const Definition& definition);

// 16 hex digits, over CanonicalText. Equal in every release: it is stored.
std::string Fingerprint(const Definition& definition);

}  // namespace skald

#endif  // SKALD_SAGAS_FINGERPRINT_H_
