// What a library is that was built for a Skald of another time: skaldd refuses it.
#include <cstdint>

struct StaleLibrary {
  uint32_t interface;
};

extern "C" const StaleLibrary* skald_saga_library() {
  static const StaleLibrary library = {.interface = 0};
  return &library;
}
