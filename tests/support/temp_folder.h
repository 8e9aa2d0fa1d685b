// A folder under /tmp that is gone, with all that is in it, when the object is.
//
// Threading: immutable.
#ifndef SKALD_TESTS_SUPPORT_TEMP_FOLDER_H_
#define SKALD_TESTS_SUPPORT_TEMP_FOLDER_H_

#include <string>

namespace skald::testing_support {

class TempFolder final {
 public:
  // Short on purpose: the path of a unix socket in it has room for 107 bytes. Aborts where the
  // folder cannot be made: no test can go on without it.
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace skald::testing_support

#endif  // SKALD_TESTS_SUPPORT_TEMP_FOLDER_H_
