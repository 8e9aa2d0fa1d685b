// Expected: skald: the Message of an Await must be a generated protobuf message
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  BulkFlow flow("bad", 1);
  flow.Await<std::string>("confirmed").Forever();
}

}  // namespace author
