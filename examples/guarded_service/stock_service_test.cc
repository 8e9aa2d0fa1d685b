#include "examples/guarded_service/stock_service.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include "examples/order/order.grpc.pb.h"
#include "participant/sqlite_guard.h"
#include "participant/sqlite_statement.h"

namespace shop {
namespace {

using skald::participant::SqliteExecute;
using skald::participant::SqliteGuard;

class StockServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    guard_ = SqliteGuard::Open(":memory:").value();
    ASSERT_TRUE(guard_
                    ->InTransaction([](sqlite3* db) {
                      return SqliteExecute(db,
                                           "CREATE TABLE stock (sku TEXT PRIMARY KEY, on_hand INT);"
                                           "CREATE TABLE reserved (order_id TEXT PRIMARY KEY, "
                                           "sku TEXT, quantity INT);"
                                           "INSERT INTO stock VALUES ('book', 10)");
                    })
                    .ok());
    service_ = MakeStockService(*guard_);
    server_ = grpc::ServerBuilder().RegisterService(service_.get()).BuildAndStart();
    stub_ = v1::Inventory::NewStub(server_->InProcessChannel({}));
  }

  grpc::Status Reserve(const std::string& key, int quantity) {
    grpc::ClientContext context;
    context.AddMetadata("idempotency-key", key);
    v1::ReserveRequest request;
    request.set_order_id("o-1");
    request.set_sku("book");
    request.set_quantity(quantity);
    v1::ReserveResponse response;
    return stub_->Reserve(&context, request, &response);
  }

  grpc::Status Release(const std::string& key, const std::string& compensates) {
    grpc::ClientContext context;
    context.AddMetadata("idempotency-key", key);
    context.AddMetadata("skald-compensates", compensates);
    v1::ReleaseRequest request;
    request.set_order_id("o-1");
    v1::ReleaseResponse response;
    return stub_->Release(&context, request, &response);
  }

  int64_t OnHand() {
    int64_t on_hand = -1;
    EXPECT_TRUE(guard_
                    ->InTransaction([&](sqlite3* db) {
                      skald::participant::SqliteStatement look(db, "SELECT on_hand FROM stock");
                      const absl::Status status = look.Step().status();
                      on_hand = look.Int(0);
                      return status;
                    })
                    .ok());
    return on_hand;
  }

  std::unique_ptr<SqliteGuard> guard_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::Inventory::Stub> stub_;
};

TEST_F(StockServiceTest, ARepeatedReservationTakesFromTheStockOnce) {
  EXPECT_TRUE(Reserve("s-1/a/action", 3).ok());
  EXPECT_TRUE(Reserve("s-1/a/action", 3).ok());
  EXPECT_EQ(OnHand(), 7);
  EXPECT_TRUE(Release("s-1/a/compensation", "s-1/a/action").ok());
  EXPECT_TRUE(Release("s-1/a/compensation", "s-1/a/action").ok());
  EXPECT_EQ(OnHand(), 10);
}

TEST_F(StockServiceTest, AReservationAfterItsReleaseIsRefused) {
  EXPECT_TRUE(Release("s-1/a/compensation", "s-1/a/action").ok());
  EXPECT_EQ(Reserve("s-1/a/action", 3).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(OnHand(), 10);
}

TEST_F(StockServiceTest, ARefusalIsKeptAndChangesNothing) {
  EXPECT_EQ(Reserve("s-1/a/action", 11).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(OnHand(), 10);
}

}  // namespace
}  // namespace shop
