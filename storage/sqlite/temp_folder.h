// A folder that goes when the test does. Tests only. Threading: immutable.
#ifndef SKALD_STORAGE_SQLITE_TEMP_FOLDER_H_
#define SKALD_STORAGE_SQLITE_TEMP_FOLDER_H_

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/check.h"

namespace skald {

class TempFolder final {
 public:
  TempFolder() {
    path_ = (std::filesystem::temp_directory_path() / "skald-XXXXXX").string();
    SKALD_CHECK(mkdtemp(path_.data()) != nullptr, "cannot make {}", path_);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace skald

#endif  // SKALD_STORAGE_SQLITE_TEMP_FOLDER_H_
