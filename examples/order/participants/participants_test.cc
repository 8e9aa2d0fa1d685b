// The shop's participants, called over gRPC as Skald calls them, with every kind of bad delivery.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/thread.h"
#include "examples/order/books.h"
#include "examples/order/order.grpc.pb.h"
#include "examples/order/participants/inventory.h"
#include "examples/order/participants/payments.h"
#include "examples/order/participants/shipping.h"
#include "examples/shared/participant_host.h"

namespace shop {
namespace {

using demo::FaultKind;
using grpc::StatusCode;
using testing::HasSubstr;
using testing::IsEmpty;

class ShopTest : public testing::Test {
 protected:
  grpc::Status Reserve(const std::string& saga, int64_t quantity,
                       v1::ReserveResponse* response = nullptr) {
    grpc::ClientContext context;
    demo::AddActionMetadata(context, saga, "reserve_stock");
    v1::ReserveRequest request;
    request.set_order_id(saga);
    request.set_sku("lamp");
    request.set_quantity(quantity);
    v1::ReserveResponse unused;
    return v1::Inventory::NewStub(inventory_.channel())
        ->Reserve(&context, request, response == nullptr ? &unused : response);
  }

  grpc::Status Release(const std::string& saga) {
    grpc::ClientContext context;
    demo::AddCompensationMetadata(context, saga, "reserve_stock");
    v1::ReleaseRequest request;
    request.set_order_id(saga);
    v1::ReleaseResponse response;
    return v1::Inventory::NewStub(inventory_.channel())->Release(&context, request, &response);
  }

  grpc::Status Authorize(const std::string& saga, int64_t cents, v1::AuthorizeResponse* response) {
    grpc::ClientContext context;
    demo::AddActionMetadata(context, saga, "hold_money");
    v1::AuthorizeRequest request;
    request.set_order_id(saga);
    request.set_customer("alice");
    request.set_amount_cents(cents);
    return v1::Payments::NewStub(payments_.channel())->Authorize(&context, request, response);
  }

  grpc::Status Void(const std::string& saga) {
    grpc::ClientContext context;
    demo::AddCompensationMetadata(context, saga, "hold_money");
    v1::VoidRequest request;
    request.set_order_id(saga);
    v1::VoidResponse response;
    return v1::Payments::NewStub(payments_.channel())->Void(&context, request, &response);
  }

  grpc::Status Capture(const std::string& saga) {
    grpc::ClientContext context;
    demo::AddActionMetadata(context, saga, "capture_money");
    v1::CaptureRequest request;
    request.set_order_id(saga);
    v1::CaptureResponse response;
    return v1::Payments::NewStub(payments_.channel())->Capture(&context, request, &response);
  }

  grpc::Status Book(const std::string& saga) {
    grpc::ClientContext context;
    demo::AddActionMetadata(context, saga, "delivery/otherwise/book_post");
    v1::BookRequest request;
    request.set_order_id(saga);
    request.set_carrier(v1::BookRequest::POST);
    v1::BookResponse response;
    return v1::Shipping::NewStub(shipping_.channel())->Book(&context, request, &response);
  }

  grpc::Status Cancel(const std::string& saga) {
    grpc::ClientContext context;
    demo::AddCompensationMetadata(context, saga, "delivery/otherwise/book_post");
    v1::CancelRequest request;
    request.set_order_id(saga);
    v1::CancelResponse response;
    return v1::Shipping::NewStub(shipping_.channel())->Cancel(&context, request, &response);
  }

  grpc::Status Dispatch(const std::string& saga) {
    grpc::ClientContext context;
    demo::AddActionMetadata(context, saga, "dispatch_parcel");
    v1::DispatchRequest request;
    request.set_order_id(saga);
    v1::DispatchResponse response;
    return v1::Shipping::NewStub(shipping_.channel())->Dispatch(&context, request, &response);
  }

  int64_t OnHand() { return inventory_.Query("SELECT sum(on_hand) FROM stock"); }

  Verdict CheckAll(OpenOrders open_orders = OpenOrders::kForbidden) {
    return CheckBooks(ReadBooks(inventory_.book(), payments_.book(), shipping_.book()).value(),
                      open_orders);
  }

  demo::ParticipantHost inventory_{Inventory(), 10};
  demo::ParticipantHost payments_{Payments(), 5000};
  demo::ParticipantHost shipping_{Shipping(), 0};
};

TEST_F(ShopTest, ManyDeliveriesOfOneReservationReserveOnce) {
  std::vector<StatusCode> codes(16, StatusCode::UNKNOWN);
  {
    std::vector<skald::Thread> threads;
    for (StatusCode& code : codes) {
      threads.emplace_back("delivery", [this, &code] { code = Reserve("o-1", 3).error_code(); });
    }
  }
  EXPECT_THAT(codes, testing::Each(StatusCode::OK));
  EXPECT_EQ(OnHand(), 7);
}

TEST_F(ShopTest, ALostReplyIsRepeatedWordForWordAfterARestart) {
  ASSERT_TRUE(payments_.faults().Set("Authorize", {FaultKind::kLoseReply, 1, {}}).ok());
  v1::AuthorizeResponse response;
  EXPECT_EQ(Authorize("o-1", 2000, &response).error_code(), StatusCode::UNAVAILABLE);
  payments_.Restart();
  ASSERT_TRUE(Authorize("o-1", 2000, &response).ok());
  EXPECT_EQ(response.hold_id(), "hold-o-1");
  EXPECT_EQ(payments_.Query("SELECT sum(balance) FROM accounts"), 3000);
}

TEST_F(ShopTest, AnEarlyCompensationIsRecordedAndTheLateActionRefused) {
  EXPECT_TRUE(Release("o-1").ok());
  inventory_.Restart();
  const grpc::Status late = Reserve("o-1", 3);
  EXPECT_EQ(late.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(late.error_message(), HasSubstr("was compensated before it arrived"));
  EXPECT_EQ(inventory_.Query("SELECT count(*) FROM journal"), 0);
}

TEST_F(ShopTest, ACompensationPutsEverythingBackOnce) {
  ASSERT_TRUE(Reserve("o-1", 3).ok());
  EXPECT_TRUE(Release("o-1").ok());
  EXPECT_TRUE(Release("o-1").ok());
  EXPECT_EQ(OnHand(), 10);
}

TEST_F(ShopTest, ASoldOutReservationStaysRejectedThoughStockComesBack) {
  ASSERT_TRUE(Reserve("o-1", 10).ok());
  EXPECT_EQ(Reserve("o-2", 1).error_code(), StatusCode::FAILED_PRECONDITION);
  ASSERT_TRUE(Release("o-1").ok());
  EXPECT_EQ(Reserve("o-2", 1).error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(OnHand(), 10);
}

TEST_F(ShopTest, ARejectionOnDemandIsKeptAndAFailureIsNot) {
  ASSERT_TRUE(inventory_.faults().Set("Reserve", {FaultKind::kReject, 1, {}}).ok());
  EXPECT_EQ(Reserve("o-1", 1).error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Reserve("o-1", 1).error_code(), StatusCode::FAILED_PRECONDITION);
  ASSERT_TRUE(inventory_.faults().Set("Reserve", {FaultKind::kFail, 1, {}}).ok());
  EXPECT_EQ(Reserve("o-2", 1).error_code(), StatusCode::UNAVAILABLE);
  EXPECT_TRUE(Reserve("o-2", 1).ok());
  EXPECT_EQ(OnHand(), 9);
}

TEST_F(ShopTest, ACallWithoutAKeyIsRefused) {
  grpc::ClientContext context;
  v1::BookResponse response;
  const grpc::Status status =
      v1::Shipping::NewStub(shipping_.channel())->Book(&context, v1::BookRequest(), &response);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("idempotency-key"));
}

TEST_F(ShopTest, TheBooksOfAWholeAndAnUndoneOrderAddUp) {
  v1::AuthorizeResponse hold;
  ASSERT_TRUE(Reserve("o-1", 2).ok());
  ASSERT_TRUE(Authorize("o-1", 1500, &hold).ok());
  ASSERT_TRUE(Book("o-1").ok());
  ASSERT_TRUE(Capture("o-1").ok());
  ASSERT_TRUE(Dispatch("o-1").ok());
  ASSERT_TRUE(Reserve("o-2", 2).ok());
  ASSERT_TRUE(Authorize("o-2", 1500, &hold).ok());
  ASSERT_TRUE(Book("o-2").ok());
  ASSERT_TRUE(Cancel("o-2").ok());
  ASSERT_TRUE(Void("o-2").ok());
  ASSERT_TRUE(Release("o-2").ok());
  const Verdict verdict = CheckAll();
  EXPECT_THAT(verdict.violations, IsEmpty());
  EXPECT_EQ(verdict.whole, 1);
  EXPECT_EQ(verdict.undone, 1);
}

TEST_F(ShopTest, AnOrderThatIsHalfDoneIsAViolationUnlessSagasAreUnderWay) {
  ASSERT_TRUE(Reserve("o-1", 2).ok());
  EXPECT_THAT(CheckAll(OpenOrders::kAllowed).violations, IsEmpty());
  EXPECT_THAT(CheckAll().violations, testing::ElementsAre(HasSubstr("neither whole nor undone")));
}

TEST_F(ShopTest, TheCheckerSeesStockThatVanished) {
  ASSERT_TRUE(Reserve("o-1", 2).ok());
  inventory_.Query("UPDATE stock SET on_hand = on_hand - 1 RETURNING on_hand");
  EXPECT_THAT(CheckAll(OpenOrders::kAllowed).violations,
              testing::ElementsAre(HasSubstr("on hand + reserved: 10 != 9")));
}

TEST_F(ShopTest, TheCheckerSeesAnEffectThatCameTwice) {
  ASSERT_TRUE(Book("o-1").ok());
  shipping_.Query(
      "INSERT INTO journal (key, saga_id, effect, subject, amount) "
      "SELECT key, saga_id, effect, subject, amount FROM journal RETURNING entry");
  EXPECT_THAT(CheckAll(OpenOrders::kAllowed).violations,
              testing::Contains(HasSubstr("book 2 times")));
}

}  // namespace
}  // namespace shop
