// Expected: skald: ForEach goes over a field of the flow's State
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.ForEach("boxes", &Line::boxes, [](BulkFlow::Each<Box>&) {});
}

}  // namespace author
