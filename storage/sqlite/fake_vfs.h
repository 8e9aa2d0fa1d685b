// Makes SQLite's writes fail, for tests: a full disk, a broken one.
//
//   FakeVfs::Install();                               // before the first connection
//   FakeVfs::Fail(FakeVfs::Call::kSync, SQLITE_IOERR_FSYNC);
//   ... the next fsync of a write-ahead log fails ...
//
// Tests only. Threading: locked.
#ifndef SKALD_STORAGE_SQLITE_FAKE_VFS_H_
#define SKALD_STORAGE_SQLITE_FAKE_VFS_H_

namespace skald {

class FakeVfs final {
 public:
  enum class Call { kWrite, kSync };

  // Puts itself between SQLite and the system, for the rest of the process.
  static void Install();

  // Each such call on a write-ahead log answers `code` and does nothing, until Heal.
  static void Fail(Call call, int code);
  static void Heal();
};

}  // namespace skald

#endif  // SKALD_STORAGE_SQLITE_FAKE_VFS_H_
