// Expected: skald: the State of a Flow must be a generated protobuf message
#include "tests/compile_fail/author.h"

namespace author {

struct Plain {
  std::string order_id;
};

void Author() { skald::Flow<Plain> flow("bad", 1); }

}  // namespace author
