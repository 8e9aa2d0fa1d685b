// A definition as a picture for people: in a pull request, in the docs, in the web console.
//
//   std::cout << ToMermaid(PlaceOrder());   // paste into a ```mermaid block
//
// Pure functions, usable from any thread. A saga's picture: sagas/picture_saga.h.
#ifndef SKALD_SAGAS_PICTURE_H_
#define SKALD_SAGAS_PICTURE_H_

#include <string>

#include "sagas/definition.h"

namespace skald {

// A flowchart of two lanes. The saga goes down one: steps are boxes ("name", "participant:
// Method"), the pivot has a double frame, chooses are diamonds whose arrows carry the arms' names,
// branches of a parallel stand beside each other between "all at once" and "all done"; loops and
// children are groups. After a failure it goes up the other lane, from the compensation of the
// newest step that took effect: dashed arrows, in the order in which compensations are carried out.
// A dotted line ties each compensation to its step.
//
// Draws what it is given, a definition that Validate refuses included.
std::string ToMermaid(const Definition& definition);

// The same for Graphviz: `dot -Tsvg`.
std::string ToGraphviz(const Definition& definition);

}  // namespace skald

#endif  // SKALD_SAGAS_PICTURE_H_
