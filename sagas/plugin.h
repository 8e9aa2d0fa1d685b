// Sagas in a shared library, which a server loads: `skaldd serve --sagas=libmy_sagas.so`. For those
// who do not want to link a server of their own.
//
//   // my_sagas.cc
//   #include "sagas/plugin.h"
//   SKALD_SAGAS(PlaceOrder(), TransferMoney())
//
//   # CMakeLists.txt
//   find_package(Skald REQUIRED)
//   skald_add_saga_library(my_sagas SOURCES my_sagas.cc place_order.cc LINK my_protos)
//
// The arguments are Definitions, or one std::vector of them; whatever they throw is told as the
// library's mistake. Write it once per library, outside of any namespace.
//
// Server and library exchange C++ objects, so both must come from one compiler, one standard
// library, one Abseil and one libprotobuf. What can be compared is compared before anything else of
// the library is called. A proto file may be linked into one of them only: protobuf knows its files
// by name, and ends a process that has one twice.
//
// Threading: the server loads libraries and asks them once, before it serves, and never unloads
// them. What the definitions' functions may do is said in sagas/flow.h.
#ifndef SKALD_SAGAS_PLUGIN_H_
#define SKALD_SAGAS_PLUGIN_H_

#include <google/protobuf/stubs/common.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/base/config.h"
#include "sagas/definition.h"

namespace skald {

// Raised whenever a library that was built before must be built anew: what the fields below,
// Definition or what its functions are given mean has changed.
inline constexpr uint32_t kSagaLibraryInterface = 1;

// The one symbol of a library: `const SagaLibrary* skald_saga_library()`, as in C.
inline constexpr char kSagaLibrarySymbol[] = "skald_saga_library";

// What a library says of itself. Read in this order: a field means something only if those before
// it are as expected.
struct SagaLibrary {
  // First, in every version of this struct.
  uint32_t interface;
  // What builds both must agree in: "g++ 12, libstdc++ cxx11, abseil 20220623".
  const char* toolchain;
  // GOOGLE_PROTOBUF_VERSION
  uint32_t protobuf;
  // Of Skald, with which the library was built: "0.1.0".
  const char* skald;
  uint32_t definition_size;
  uint32_t node_size;
  uint32_t scope_size;
  // Where generated messages are registered: the server's own, unless the library has brought a
  // libprotobuf of its own along.
  const void* descriptor_pool;
  // False: they could not be made, `error` says why. Never throws.
  bool (*append)(std::vector<Definition>& definitions, std::string& error);
};

namespace internal {

#define SKALD_TEXT_OF(value) #value
#define SKALD_TEXT(value) SKALD_TEXT_OF(value)

#if defined(__clang__)
#define SKALD_COMPILER "clang++ " SKALD_TEXT(__clang_major__)
#else
#define SKALD_COMPILER "g++ " SKALD_TEXT(__GNUC__)
#endif

#if defined(_LIBCPP_VERSION)
#define SKALD_STANDARD_LIBRARY "libc++ " SKALD_TEXT(_LIBCPP_ABI_VERSION)
#elif defined(_GLIBCXX_DEBUG)
#define SKALD_STANDARD_LIBRARY "libstdc++ debug"
#elif _GLIBCXX_USE_CXX11_ABI
#define SKALD_STANDARD_LIBRARY "libstdc++ cxx11"
#else
#define SKALD_STANDARD_LIBRARY "libstdc++ old"
#endif

#if defined(ABSL_LTS_RELEASE_VERSION)
#define SKALD_ABSEIL "abseil " SKALD_TEXT(ABSL_LTS_RELEASE_VERSION)
#else
#define SKALD_ABSEIL "abseil head"
#endif

// Of whoever includes this.
inline constexpr char kToolchain[] = SKALD_COMPILER ", " SKALD_STANDARD_LIBRARY ", " SKALD_ABSEIL;

#undef SKALD_COMPILER
#undef SKALD_STANDARD_LIBRARY
#undef SKALD_ABSEIL
#undef SKALD_TEXT
#undef SKALD_TEXT_OF

// Of the library that this is linked into.
const char* SkaldVersion();
const void* DescriptorPoolInUse();

// What SagaLibrary::append does.
bool AppendDefinitions(std::vector<Definition> (*make)(), std::vector<Definition>& definitions,
                       std::string& error);

inline SagaLibrary DescribeLibrary(bool (*append)(std::vector<Definition>& definitions,
                                                  std::string& error)) {
  return {.interface = kSagaLibraryInterface,
          .toolchain = kToolchain,
          .protobuf = GOOGLE_PROTOBUF_VERSION,
          .skald = SkaldVersion(),
          .definition_size = sizeof(Definition),
          .node_size = sizeof(Node),
          .scope_size = sizeof(Scope),
          .descriptor_pool = DescriptorPoolInUse(),
          .append = append};
}

}  // namespace internal
}  // namespace skald

#define SKALD_SAGAS(...)                                                                         \
  extern "C" __attribute__((visibility("default"))) const ::skald::SagaLibrary*                  \
  skald_saga_library() {                                                                         \
    static const ::skald::SagaLibrary library = ::skald::internal::DescribeLibrary(              \
        [](std::vector<::skald::Definition>& definitions, std::string& error) {                  \
          return ::skald::internal::AppendDefinitions(                                           \
              [] { return std::vector<::skald::Definition>{__VA_ARGS__}; }, definitions, error); \
        });                                                                                      \
    return &library;                                                                             \
  }

#endif  // SKALD_SAGAS_PLUGIN_H_
