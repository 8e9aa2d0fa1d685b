// Each example over real connections: a client, a server of Skald with its SQLite file, and an
// understudy for the participants, with the guard before it. What the definitions do where, their
// own tests tell; here they meet the world.
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/runtime/grpc_caller.h"
#include "engine/server/server.h"
#include "examples/bulk_refund/bulk_refund.grpc.pb.h"
#include "examples/bulk_refund/bulk_refund.h"
#include "examples/loan_approval/loan_approval.grpc.pb.h"
#include "examples/loan_approval/loan_approval.h"
#include "examples/order/order.grpc.pb.h"
#include "examples/order/order.h"
#include "examples/shared/understudy.h"
#include "examples/subscription_renewal/subscription_renewal.grpc.pb.h"
#include "examples/subscription_renewal/subscription_renewal.h"
#include "examples/trip_booking/trip_booking.grpc.pb.h"
#include "examples/trip_booking/trip_booking.h"
#include "sagas/registry.h"
#include "skald/v1/saga.grpc.pb.h"
#include "storage/sqlite/sqlite_store.h"
#include "tests/support/temp_folder.h"

namespace demo {
namespace {

using skald::v1::Saga;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class ExamplesTest : public testing::Test {
 protected:
  ExamplesTest() {
    const absl::Status added =
        registry_.Add({shop::PlaceOrder(), shop::ShipOrder(), trip::BookTrip(), loan::ApproveLoan(),
                       refund::RefundBatch(), subscription::RenewSubscription()});
    EXPECT_TRUE(added.ok()) << added;
    skald::runtime::GrpcCallerOptions options;
    for (const skald::Definition* const definition : registry_.All()) {
      for (const std::string& name : skald::ParticipantsOf(*definition)) {
        options.participants[name] = {.address = understudy_.address()};
      }
    }
    caller_ = std::make_unique<skald::runtime::GrpcCaller>(options);
    skald::server::Config config;
    config.listen = "127.0.0.1:0";
    server_ = std::make_unique<skald::server::Server>(
        config, registry_,
        skald::server::Server::Parts{
            .open_store =
                [this] { return skald::OpenSqliteStore({.path = folder_.path() + "/skald.db"}); },
            .caller = caller_.get(),
            .clock = &clock_,
            .on_refused = {},
            .keeper = {}});
    const absl::StatusOr<std::string> address = server_->Start();
    EXPECT_TRUE(address.ok()) << address.status();
    sagas_ = skald::v1::SagaService::NewStub(
        grpc::CreateChannel(*address, grpc::InsecureChannelCredentials()));
  }

  // Starts the saga, and waits until it has ended or is parked.
  template <typename State>
  Saga Run(const std::string& definition, const State& state) {
    return Start(definition, state, /*wait_seconds=*/60);
  }
  template <typename State>
  Saga Start(const std::string& definition, const State& state, int wait_seconds) {
    skald::v1::StartSagaRequest request;
    request.set_definition(definition);
    request.set_saga_id("s-1");
    request.mutable_input()->PackFrom(state);
    if (wait_seconds > 0) request.mutable_wait()->set_seconds(wait_seconds);
    skald::v1::StartSagaResponse response;
    grpc::ClientContext context;
    const grpc::Status status = sagas_->StartSaga(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.saga();
  }

  template <typename Message>
  void Signal(const std::string& name, const Message& message) {
    skald::v1::SignalSagaRequest request;
    request.set_saga_id("s-1");
    request.set_name(name);
    request.mutable_message()->PackFrom(message);
    Saga saga;
    grpc::ClientContext context;
    const grpc::Status status = sagas_->SignalSaga(&context, request, &saga);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  template <typename Message>
  void Complete(const std::string& key, const Message& message) {
    skald::v1::CompleteStepRequest request;
    request.set_idempotency_key(key);
    request.mutable_response()->PackFrom(message);
    skald::v1::CompleteStepResponse response;
    grpc::ClientContext context;
    const grpc::Status status = sagas_->CompleteStep(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  skald::testing_support::TempFolder folder_;
  Understudy understudy_;
  skald::Registry registry_;
  skald::RealClock clock_;
  std::unique_ptr<skald::runtime::GrpcCaller> caller_;
  std::unique_ptr<skald::server::Server> server_;
  std::unique_ptr<skald::v1::SagaService::Stub> sagas_;
};

TEST_F(ExamplesTest, AnOrderIsShippedByItsChildAndThenPaid) {
  EXPECT_EQ(Run("place_order", shop::v1::OrderState()).status(), Saga::COMPLETED);
  EXPECT_THAT(understudy_.Effects(),
              ElementsAre("Reserve", "Authorize", "Book", "Dispatch", "Capture"));
}

TEST_F(ExamplesTest, ATripWithoutACarIsUndone) {
  understudy_.On<&trip::v1::Cars::Stub::RentCar>(
      [](const auto&) { return absl::FailedPreconditionError("none left"); });
  trip::v1::TripState trip;
  trip.set_trip_id("t-1");
  const Saga saga = Run("book_trip", trip);
  EXPECT_EQ(saga.status(), Saga::COMPENSATED);
  EXPECT_EQ(saga.cause().step(), "bookings/car");
  const std::vector<std::string> effects = understudy_.Effects();
  EXPECT_EQ(effects.back(), "MarkFailed");
}

TEST_F(ExamplesTest, ALoanIsPaidOutAfterAReportADecisionAndASignature) {
  understudy_.Pend<&loan::v1::CreditBureau::Stub::Report>();
  loan::v1::LoanState loan;
  loan.set_application_id("a-1");
  loan.set_customer("ada");
  Start("approve_loan", loan, /*wait_seconds=*/0);
  // In whatever order: what comes early is kept.
  Signal("customer_signs", loan::v1::Signature());
  loan::v1::ReportResponse report;
  report.set_score(540);
  Complete("s-1/checks/credit_report/action", report);
  loan::v1::Decision decision;
  decision.set_by("eve");
  decision.set_approved(true);
  Signal("officer_decides", decision);
  EXPECT_EQ(Run("approve_loan", loan).status(), Saga::COMPLETED);
  EXPECT_THAT(understudy_.Effects(), UnorderedElementsAre("Screen", "AskForDecision",
                                                          "ReserveFunds", "PayOut", "SendPapers"));
}

TEST_F(ExamplesTest, ARefundThatCannotBePaidIsInTheMail) {
  understudy_.On<&refund::v1::Cashier::Stub::PayBack>(
      [](const refund::v1::PayBackRequest& request) -> absl::StatusOr<refund::v1::PayBackResponse> {
        if (request.order_id() == "o-7") return absl::NotFoundError("account closed");
        refund::v1::PayBackResponse response;
        response.set_receipt_id("r-" + request.order_id());
        return response;
      });
  std::string subject;
  understudy_.On<&refund::v1::Mailroom::Stub::Send>([&](const refund::v1::SendRequest& mail) {
    subject = mail.subject();
    return refund::v1::SendResponse();
  });
  refund::v1::BatchState batch;
  batch.set_reason("recall");
  for (int i = 1; i <= 20; ++i) batch.add_lines()->set_order_id("o-" + std::to_string(i));
  EXPECT_EQ(Run("refund_batch", batch).status(), Saga::COMPLETED);
  EXPECT_EQ(subject, "recall: 19 of 20 paid back");
}

TEST_F(ExamplesTest, ASubscriptionIsRenewedUntilItIsNotWantedAnyMore) {
  // Days that have passed: nothing is waited for.
  std::atomic<int> looks = 0;
  understudy_.On<&subscription::v1::Subscribers::Stub::Look>([&](const auto&) {
    subscription::v1::LookResponse response;
    response.set_wanted(++looks <= 3);
    return response;
  });
  EXPECT_EQ(Run("renew_subscription", subscription::v1::SubscriptionState()).status(),
            Saga::COMPLETED);
  EXPECT_THAT(understudy_.Effects(),
              ElementsAre("Start", "Look", "Charge", "Look", "Charge", "Look", "Charge", "Look"));
}

}  // namespace
}  // namespace demo
