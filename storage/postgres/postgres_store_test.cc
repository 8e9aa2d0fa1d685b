#include "storage/postgres/postgres_store.h"

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
    SKALD_ASSIGN_OR_RETURN(store_, OpenPostgresStore({.url = Cluster().Url(database_)}));
    return store_.get();
  }
  void Close() override { store_.reset(); }

 private:
  std::string database_;
  std::unique_ptr<Store> store_;
};

INSTANTIATE_TEST_SUITE_P(Postgres, StoreConformanceTest, testing::Values(StoreFactory{[] {
                           return std::make_unique<PostgresFixture>();
                         }}));

}  // namespace
}  // namespace skald
