#include "examples/guarded_service/parcel_service.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/status.h"
#include "examples/order/order.grpc.pb.h"
#include "participant/sqlite_guard.h"
#include "participant/sqlite_statement.h"
#include "skald/v1/saga.grpc.pb.h"

namespace shop {
namespace {

using skald::participant::SqliteExecute;
using skald::participant::SqliteGuard;
using skald::participant::SqliteStatement;
using skald::v1::CompleteStepRequest;

constexpr const char* kAction = "s-1/book/action";

// Answers CompleteStep as it is told to, and keeps what it was asked.
class FakeSkald final : public skald::v1::SagaService::Service {
 public:
  grpc::Status CompleteStep(grpc::ServerContext*, const CompleteStepRequest* request,
                            skald::v1::CompleteStepResponse*) override {
    told.push_back(*request);
    return answer;
  }

  grpc::Status answer = grpc::Status::OK;
  std::vector<CompleteStepRequest> told;
};

class ParcelServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    guard_ = SqliteGuard::Open(":memory:").value();
    ASSERT_TRUE(guard_
                    ->InTransaction([](sqlite3* db) {
                      return SqliteExecute(
                          db,
                          "CREATE TABLE jobs (key TEXT PRIMARY KEY, order_id TEXT);"
                          "CREATE TABLE bookings (order_id TEXT PRIMARY KEY, booking_id TEXT)");
                    })
                    .ok());
    service_ = MakeParcelService(*guard_);
    server_ = grpc::ServerBuilder()
                  .RegisterService(service_.get())
                  .RegisterService(&skald_)
                  .BuildAndStart();
    stub_ = v1::Shipping::NewStub(server_->InProcessChannel({}));
  }

  // "pending", the booking's id, or the code of the refusal.
  std::string Book() {
    grpc::ClientContext context;
    context.AddMetadata("idempotency-key", kAction);
    v1::BookRequest request;
    request.set_order_id("o-1");
    v1::BookResponse response;
    const grpc::Status status = stub_->Book(&context, request, &response);
    if (!status.ok()) {
      return std::string(skald::CodeName(static_cast<absl::StatusCode>(status.error_code())));
    }
    const auto& headers = context.GetServerInitialMetadata();
    if (headers.count("skald-outcome") == 0) return response.booking_id();
    EXPECT_EQ(headers.find("skald-poll-after")->second, "10m");
    return "pending";
  }

  bool Cancel() {
    grpc::ClientContext context;
    context.AddMetadata("idempotency-key", "s-1/book/compensation");
    context.AddMetadata("skald-compensates", kAction);
    v1::CancelRequest request;
    request.set_order_id("o-1");
    v1::CancelResponse response;
    return stub_->Cancel(&context, request, &response).ok();
  }

  absl::StatusCode Finish() {
    return FinishBooking(*guard_, server_->InProcessChannel({}), kAction, "b-1").code();
  }

  int64_t Count(const char* select) {
    int64_t count = -1;
    EXPECT_TRUE(guard_
                    ->InTransaction([&](sqlite3* db) {
                      SqliteStatement look(db, select);
                      const absl::Status status = look.Step().status();
                      count = look.Int(0);
                      return status;
                    })
                    .ok());
    return count;
  }
  int64_t Jobs() { return Count("SELECT count(*) FROM jobs"); }
  int64_t Bookings() { return Count("SELECT count(*) FROM bookings"); }

  std::unique_ptr<SqliteGuard> guard_;
  std::unique_ptr<grpc::Service> service_;
  FakeSkald skald_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::Shipping::Stub> stub_;
};

TEST_F(ParcelServiceTest, ABookingIsPendingUntilItIsFinishedAndThenToldToSkald) {
  EXPECT_EQ(Book(), "pending");
  EXPECT_EQ(Book(), "pending");
  EXPECT_TRUE(CheckIsWanted(*guard_, kAction).ok());
  EXPECT_EQ(Jobs(), 1);
  EXPECT_EQ(Finish(), absl::StatusCode::kOk);
  EXPECT_EQ(Book(), "b-1");
  EXPECT_EQ(Bookings(), 1);
  EXPECT_EQ(Jobs(), 0);
  ASSERT_EQ(skald_.told.size(), 1U);
  EXPECT_EQ(skald_.told[0].idempotency_key(), kAction);
  v1::BookResponse booked;
  ASSERT_TRUE(skald_.told[0].response().UnpackTo(&booked));
  EXPECT_EQ(booked.booking_id(), "b-1");
}

TEST_F(ParcelServiceTest, AJobStaysUntilSkaldHasBeenTold) {
  ASSERT_EQ(Book(), "pending");
  skald_.answer = grpc::Status(grpc::StatusCode::UNAVAILABLE, "away");
  EXPECT_EQ(Finish(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Jobs(), 1);
  skald_.answer = grpc::Status::OK;
  EXPECT_EQ(Finish(), absl::StatusCode::kOk);
  EXPECT_EQ(Jobs(), 0);
  EXPECT_EQ(Bookings(), 1);
}

TEST_F(ParcelServiceTest, ACompletionThatComesTooLateEndsTheJobToo) {
  ASSERT_EQ(Book(), "pending");
  skald_.answer = grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "does not wait any more");
  EXPECT_EQ(Finish(), absl::StatusCode::kOk);
  EXPECT_EQ(Jobs(), 0);
  EXPECT_TRUE(Cancel());
  EXPECT_EQ(Bookings(), 0);
}

TEST_F(ParcelServiceTest, AJobThatWasCancelledIsNotFinished) {
  ASSERT_EQ(Book(), "pending");
  EXPECT_TRUE(Cancel());
  EXPECT_EQ(Jobs(), 0);
  EXPECT_EQ(CheckIsWanted(*guard_, kAction).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Finish(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Book(), "FAILED_PRECONDITION");
  EXPECT_EQ(Bookings(), 0);
  EXPECT_TRUE(skald_.told.empty());
}

}  // namespace
}  // namespace shop
