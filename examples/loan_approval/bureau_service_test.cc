#include "examples/loan_approval/bureau_service.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include "examples/loan_approval/loan_approval.grpc.pb.h"
#include "participant/sqlite_guard.h"
#include "participant/sqlite_statement.h"

namespace loan {
namespace {

using skald::participant::SqliteExecute;
using skald::participant::SqliteGuard;
using skald::participant::SqliteStatement;

class BureauServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    guard_ = SqliteGuard::Open(":memory:").value();
    ASSERT_TRUE(guard_
                    ->InTransaction([](sqlite3* db) {
                      return SqliteExecute(db,
                                           "CREATE TABLE to_do (key TEXT PRIMARY KEY, "
                                           "customer TEXT)");
                    })
                    .ok());
    service_ = MakeBureauService(*guard_);
    server_ = grpc::ServerBuilder().RegisterService(service_.get()).BuildAndStart();
    stub_ = v1::CreditBureau::NewStub(server_->InProcessChannel({}));
  }

  // Whether the call was accepted, and is pending.
  bool Pends(const std::string& key) {
    grpc::ClientContext context;
    context.AddMetadata("idempotency-key", key);
    v1::ReportRequest request;
    request.set_customer("ada");
    v1::ReportResponse response;
    const grpc::Status status = stub_->Report(&context, request, &response);
    const auto& headers = context.GetServerInitialMetadata();
    const auto outcome = headers.find("skald-outcome");
    return status.ok() && outcome != headers.end() && outcome->second == "pending";
  }

  int64_t ToDo() {
    int64_t count = -1;
    EXPECT_TRUE(guard_
                    ->InTransaction([&](sqlite3* db) {
                      SqliteStatement select(db, "SELECT count(*) FROM to_do");
                      const absl::Status status = select.Step().status();
                      count = select.Int(0);
                      return status;
                    })
                    .ok());
    return count;
  }

  std::unique_ptr<SqliteGuard> guard_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::CreditBureau::Stub> stub_;
};

TEST_F(BureauServiceTest, IsPendingHoweverOftenItIsAskedAndNotesTheCallOnce) {
  EXPECT_TRUE(Pends("loan-7/checks/credit_report/action"));
  EXPECT_TRUE(Pends("loan-7/checks/credit_report/action"));
  EXPECT_EQ(ToDo(), 1);
}

TEST_F(BureauServiceTest, IsFinishedWithTheFirstScoreUnderTheKeyOfTheCall) {
  ASSERT_TRUE(Pends("loan-7/checks/credit_report/action"));
  for (const int score : {640, 200}) {
    const auto request = FinishReport(*guard_, "loan-7/checks/credit_report/action", score);
    ASSERT_TRUE(request.ok()) << request.status();
    EXPECT_EQ(request->idempotency_key(), "loan-7/checks/credit_report/action");
    v1::ReportResponse report;
    ASSERT_TRUE(request->response().UnpackTo(&report));
    EXPECT_EQ(report.score(), 640);
  }
  EXPECT_EQ(ToDo(), 0);
  EXPECT_FALSE(Pends("loan-7/checks/credit_report/action"));
}

}  // namespace
}  // namespace loan
