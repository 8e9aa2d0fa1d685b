// What the author of each snippet here has at hand. Not part of any program.
#ifndef SKALD_TESTS_COMPILE_FAIL_AUTHOR_H_
#define SKALD_TESTS_COMPILE_FAIL_AUTHOR_H_

#include <string>
#include <utility>

#include "sagas/flow.h"
#include "sagas/testdata/shop_functions.h"
#include "sagas/testdata/shop_stubs.h"

namespace author {

using namespace skald::testdata::shop::v1;  // NOLINT: as an author would.
using Flow = skald::Flow<OrderState>;
using BulkFlow = skald::Flow<BulkState>;

}  // namespace author

#endif  // SKALD_TESTS_COMPILE_FAIL_AUTHOR_H_
