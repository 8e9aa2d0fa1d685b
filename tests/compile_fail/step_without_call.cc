// Expected: skald: a step needs its .Call<&Service::Stub::Method>(...)
#include "tests/compile_fail/author.h"

namespace author {

void Author() {
  Flow flow("bad", 1);
  flow.Step("reserve");
}

}  // namespace author
