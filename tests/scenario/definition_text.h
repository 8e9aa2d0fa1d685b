// Definitions written as text, for scenarios:
//
//   deadline 2h
//   step reserve
//   step charge attempts=2 first=100ms most=1s budget=10s jitter timeout=3s pending=1h
//   step audit nothing_to_compensate map=NOT_FOUND:succeeded
//   step close map=NOT_FOUND:succeeded:gone        the state gets the word "gone" then
//   step record mark                       no action, only a compensation
//   step book pivot
//   choose delivery
//     when express
//       step courier
//     otherwise
//       step post
//   parallel bookings
//     step hotel
//     sequence flight
//       step seat
//   for_each refunds over=r: concurrency=2
//     step pay_back
//   repeat months until=over most=3 otherwise=compensate|continue|dead_letter
//     step charge
//   await approval within=24h otherwise=compensate|continue|dead_letter
//   await approval until=24h otherwise=continue     a time that a function tells
//   sleep nap for=24h
//   turn_back declined                     because of "no, says declined"
//   child shipping
//     step book
//
// The state of such a saga is a line of words. A request is "<step>(<state>)", and in a for-each
// "<step>(<element>)"; a reply's words are appended to the state; a reply "garbage" does not parse;
// `when w` holds when the state has the word w. make=throws, keep=throws, undo=throws,
// guard=throws, until=throws... fail as an author's function does while the state lacks the word
// "fixed".
#ifndef SKALD_TESTS_SCENARIO_DEFINITION_TEXT_H_
#define SKALD_TESTS_SCENARIO_DEFINITION_TEXT_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "sagas/definition.h"

namespace skald::scenario {

// INVALID_ARGUMENT: the text, naming the line.
absl::StatusOr<Definition> ParseDefinition(std::string_view text);

}  // namespace skald::scenario

#endif  // SKALD_TESTS_SCENARIO_DEFINITION_TEXT_H_
