// Writes a sketch down, in a language that other programs make a picture of. Any text may stand in
// a sketch: it is quoted. Pure functions.
#ifndef SKALD_SAGAS_PICTURE_PRINT_H_
#define SKALD_SAGAS_PICTURE_PRINT_H_

#include <string>

#include "sagas/picture_sketch.h"

namespace skald::picture {

// Readable in Mermaid's light and dark themes.
std::string PrintMermaid(const Sketch& sketch);

// For `dot`. On white, whatever the page's theme.
std::string PrintGraphviz(const Sketch& sketch);

}  // namespace skald::picture

#endif  // SKALD_SAGAS_PICTURE_PRINT_H_
