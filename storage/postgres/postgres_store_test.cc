#include "storage/postgres/postgres_store.h"

#include <utility>
#include <vector>

#include "base/status.h"
#include "storage/conformance.h"
#include "tests/support/postgres_cluster.h"

namespace skald {
namespace {

using testing_support::PostgresCluster;

// One server for all cases, a database for each.
PostgresCluster& Cluster() {
  static const auto cluster = PostgresCluster::Make();
  return **cluster;
}

class PostgresFixture final : public StoreFixture {
 public:
  absl::StatusOr<Store*> Open() override {
    if (database_.empty()) {
      SKALD_ASSIGN_OR_RETURN(database_, Cluster().CreateDatabase());
    }
    return OpenOne();
  }
  void Close() override { stores_.clear(); }
  absl::StatusOr<Store*> OpenBeside(Store&) override { return OpenOne(); }

 private:
  absl::StatusOr<Store*> OpenOne() {
    SKALD_ASSIGN_OR_RETURN(auto store, OpenPostgresStore({.url = Cluster().Url(database_)}));
    return stores_.emplace_back(std::move(store)).get();
  }

  std::string database_;
  std::vector<std::unique_ptr<Store>> stores_;
};

INSTANTIATE_TEST_SUITE_P(Postgres, StoreConformanceTest, testing::Values(StoreFactory{[] {
                           return std::make_unique<PostgresFixture>();
                         }}));

}  // namespace
}  // namespace skald
