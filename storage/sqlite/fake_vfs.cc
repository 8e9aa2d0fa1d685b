#include "storage/sqlite/fake_vfs.h"

#include <sqlite3.h>

#include <atomic>

#include "base/check.h"

namespace skald {
namespace {

std::atomic<int> write_code = SQLITE_OK;
std::atomic<int> sync_code = SQLITE_OK;

sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs faulty_vfs;
// All logs have the same methods: a copy of them with two replaced is enough.
const sqlite3_io_methods* real_methods = nullptr;
sqlite3_io_methods faulty_methods;

int Write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  const int code = write_code;
  return code != SQLITE_OK ? code : real_methods->xWrite(file, data, size, offset);
}

int Sync(sqlite3_file* file, int flags) {
  const int code = sync_code;
  return code != SQLITE_OK ? code : real_methods->xSync(file, flags);
}

int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const int code = real_vfs->xOpen(real_vfs, name, file, flags, out_flags);
  if (code != SQLITE_OK || (flags & SQLITE_OPEN_WAL) == 0) return code;
  if (real_methods == nullptr) {
    real_methods = file->pMethods;
    faulty_methods = *real_methods;
    faulty_methods.xWrite = Write;
    faulty_methods.xSync = Sync;
  }
  SKALD_CHECK(file->pMethods == real_methods, "two kinds of write-ahead logs");
  file->pMethods = &faulty_methods;
  return code;
}

}  // namespace

void FakeVfs::Install() {
  if (real_vfs != nullptr) return;
  real_vfs = sqlite3_vfs_find(nullptr);
  faulty_vfs = *real_vfs;
  faulty_vfs.zName = "faulty";
  faulty_vfs.pNext = nullptr;
  faulty_vfs.xOpen = Open;
  SKALD_CHECK(sqlite3_vfs_register(&faulty_vfs, /*makeDflt=*/1) == SQLITE_OK, "cannot register");
}

void FakeVfs::Fail(Call call, int code) { (call == Call::kWrite ? write_code : sync_code) = code; }

void FakeVfs::Heal() {
  write_code = SQLITE_OK;
  sync_code = SQLITE_OK;
}

}  // namespace skald
