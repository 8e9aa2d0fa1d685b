#include "tests/support/temp_folder.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/check.h"

namespace skald::testing_support {

TempFolder::TempFolder() {
  std::string path = "/tmp/skald-XXXXXX";
  SKALD_CHECK(mkdtemp(path.data()) != nullptr, "cannot make a folder like {}", path);
  path_ = std::move(path);
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace skald::testing_support
