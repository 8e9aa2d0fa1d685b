// Libraries that are none of ours, or were built otherwise than the server; the build says which.
#include <cstdlib>

#include "sagas/plugin.h"

namespace {

bool NeverCalled(std::vector<skald::Definition>&, std::string&) { std::abort(); }

[[maybe_unused]] skald::SagaLibrary Odd() {
  skald::SagaLibrary library = skald::internal::DescribeLibrary(NeverCalled);
#if defined(TEST_INTERFACE)
  library.interface = 999;
  // What comes after it may be anything.
  library.toolchain = nullptr;
#elif defined(TEST_TOOLCHAIN)
  library.toolchain = "g++ 4, libstdc++ old, abseil 20200225";
#endif
  return library;
}

}  // namespace

#if !defined(TEST_NO_SYMBOL)
extern "C" __attribute__((visibility("default"))) const skald::SagaLibrary* skald_saga_library() {
  static const skald::SagaLibrary library = Odd();
  return &library;
}
#endif
