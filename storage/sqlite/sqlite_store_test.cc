#include "storage/sqlite/sqlite_store.h"

#include <gtest/gtest.h>

#include "storage/conformance.h"
#include "tests/support/temp_folder.h"

namespace skald {
namespace {

class SqliteFixture final : public StoreFixture {
 public:
  absl::StatusOr<Store*> Open() override {
    auto store = OpenSqliteStore({.path = folder_.path() + "/skald.db"});
    if (!store.ok()) return store.status();
    store_ = *std::move(store);
    return store_.get();
  }
  void Close() override { store_.reset(); }

 private:
  testing_support::TempFolder folder_;
  std::unique_ptr<Store> store_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformanceTest, testing::Values(StoreFactory{[] {
                           return std::make_unique<SqliteFixture>();
                         }}));

}  // namespace
}  // namespace skald
