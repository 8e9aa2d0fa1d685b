// A definition as a picture for people: in a pull request, in the docs, in the web console.
//
//   std::cout << ToMermaid(PlaceOrder());   // paste into a ```mermaid block
//
// Pure function, usable from any thread.
#ifndef SKALD_SAGAS_PICTURE_H_
#define SKALD_SAGAS_PICTURE_H_

#include <string>

#include "sagas/definition.h"

namespace skald {

// A Mermaid flowchart of two lanes. Forward, with solid arrows: steps as boxes ("name",
// "participant: Method"), the pivot with a double frame, chooses as diamonds whose arrows carry the
// arms' names. Compensation, with dotted arrows: newest first, as it is carried out; a dotted line
// ties each compensation to its step. A failure enters that lane at the newest step that took
// effect.
//
// Draws what it is given, a definition that Validate refuses included.
std::string ToMermaid(const Definition& definition);

}  // namespace skald

#endif  // SKALD_SAGAS_PICTURE_H_
