// Sees to it that one process at a time has a database file open. The system holds the lock and
// lets it go when the process dies, however it dies: there are no stale locks.
//
// Threading: immutable.
#ifndef SKALD_STORAGE_SQLITE_FILE_LOCK_H_
#define SKALD_STORAGE_SQLITE_FILE_LOCK_H_

#include <string>

#include "absl/status/statusor.h"

namespace skald::sqlite {

class FileLock final {
 public:
  // Locks "<path>.lock", which stays behind. FAILED_PRECONDITION: another has it, or the directory
  // does not exist. UNAVAILABLE: the system says no.
  static absl::StatusOr<FileLock> Take(const std::string& path);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace skald::sqlite

#endif  // SKALD_STORAGE_SQLITE_FILE_LOCK_H_
