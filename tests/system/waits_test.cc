// Sagas that wait, of a skaldd that is killed with -9 while they do: for people, for a participant
// that finishes later, for a time, for hundreds of calls at once. When it is back they go on, and
// nothing is done twice.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "examples/bulk_refund/bulk_refund.grpc.pb.h"
#include "examples/loan_approval/loan_approval.grpc.pb.h"
#include "examples/shared/understudy.h"
#include "examples/subscription_renewal/subscription_renewal.grpc.pb.h"
#include "tests/support/postgres_cluster.h"
#include "tests/support/temp_folder.h"
#include "tests/system/client.h"
#include "tests/system/servers.h"

namespace skald::system_test {
namespace {

using testing_support::PostgresCluster;
using testing_support::TempFolder;

constexpr absl::Duration kSoon = absl::Seconds(60);

template <typename State>
v1::StartSagaRequest StartOf(const std::string& definition, const std::string& id,
                             const State& state) {
  v1::StartSagaRequest request;
  request.set_definition(definition);
  request.set_saga_id(id);
  request.mutable_input()->PackFrom(state);
  return request;
}

class WaitsTest : public testing::Test {
 protected:
  void Serve(const std::string& store) {
    std::map<std::string, std::string> participants;
    for (const char* const name : {"billing", "cashier", "credit_bureau", "fraud_check",
                                   "loan_desk", "mailroom", "subscribers"}) {
      participants.emplace(name, understudy_.address());
    }
    skaldd_ =
        std::make_unique<Skaldd>(folder_.path(), Skaldd::Options{.store = store}, participants);
    ASSERT_EQ(skaldd_->Start(), absl::OkStatus());
    client_ = std::make_unique<Client>(skaldd_->Address());
  }
  [[nodiscard]] std::string Sqlite() const { return "sqlite:" + folder_.path() + "/skald.db"; }

  void KillAndRestart() {
    skaldd_->process().Kill();
    ASSERT_EQ(skaldd_->Start(), absl::OkStatus());
  }

  // Until the node with this path is in this status.
  bool Reaches(const std::string& id, const std::string& path, v1::Step::Status status) {
    const auto reached = [&] {
      const auto saga = client_->Get(id);
      if (!saga.ok()) return false;
      return std::any_of(saga->steps().begin(), saga->steps().end(), [&](const v1::Step& step) {
        return step.path() == path && step.status() == status;
      });
    };
    return Eventually(reached, kSoon);
  }
  void ExpectCompleted(const std::string& id) {
    const auto saga = client_->WaitForEnd(id, kSoon);
    ASSERT_TRUE(saga.ok()) << saga.status() << skaldd_->process().Output();
    EXPECT_EQ(saga->status(), v1::Saga::COMPLETED) << saga->ShortDebugString();
  }
  // How often a method took effect.
  [[nodiscard]] int64_t Effects(const std::string& method) const {
    const std::vector<std::string> effects = understudy_.Effects();
    return std::count(effects.begin(), effects.end(), method);
  }

  // A loan that a bureau, an officer and the customer take their time over, with a kill in each
  // wait.
  void ExpectLoanOutlivesKills(const std::string& store) {
    understudy_.Pend<&loan::v1::CreditBureau::Stub::Report>();
    ASSERT_NO_FATAL_FAILURE(Serve(store));
    loan::v1::LoanState loan;
    loan.set_application_id("a-1");
    loan.set_customer("ada");
    loan.set_amount_cents(10'000'000);
    ASSERT_TRUE(client_->StartUntilAcknowledged(StartOf("approve_loan", "a-1", loan), kSoon).ok());
    ASSERT_TRUE(Eventually(
        [&] {
          const auto saga = client_->Get("a-1");
          return saga.ok() &&
                 std::any_of(saga->steps().begin(), saga->steps().end(),
                             [](const v1::Step& step) { return step.has_pending_until(); });
        },
        kSoon));
    ASSERT_NO_FATAL_FAILURE(KillAndRestart());

    loan::v1::ReportResponse report;
    report.set_score(400);
    const std::string key = "a-1/checks/credit_report/action";
    EXPECT_EQ(client_->CompleteStep(key, report), absl::OkStatus());
    ASSERT_TRUE(Reaches("a-1", "decision/by_a_person/officer_decides", v1::Step::RUNNING));
    ASSERT_NO_FATAL_FAILURE(KillAndRestart());
    // What the participant tells once more, because it did not hear the answer.
    EXPECT_EQ(client_->CompleteStep(key, report), absl::OkStatus());

    loan::v1::Decision decision;
    decision.set_by("officer");
    decision.set_approved(true);
    EXPECT_EQ(client_->Signal("a-1", "officer_decides", "decision-1", decision), absl::OkStatus());
    ASSERT_TRUE(Reaches("a-1", "result/approved/customer_signs", v1::Step::RUNNING));
    ASSERT_NO_FATAL_FAILURE(KillAndRestart());
    EXPECT_EQ(client_->Signal("a-1", "officer_decides", "decision-1", decision), absl::OkStatus());

    EXPECT_EQ(client_->Signal("a-1", "customer_signs", "signature-1", loan::v1::Signature()),
              absl::OkStatus());
    ExpectCompleted("a-1");
    EXPECT_EQ(Effects("ReserveFunds"), 1);
    EXPECT_EQ(Effects("PayOut"), 1);
  }

  TempFolder folder_;
  demo::Understudy understudy_;
  std::unique_ptr<Skaldd> skaldd_;
  std::unique_ptr<Client> client_;
};

TEST_F(WaitsTest, ALoanOutlivesAKillInEachOfItsWaits) { ExpectLoanOutlivesKills(Sqlite()); }

TEST_F(WaitsTest, ALoanOutlivesAKillInEachOfItsWaitsOnPostgres) {
  auto cluster = PostgresCluster::Make();
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  const auto database = (*cluster)->CreateDatabase();
  ASSERT_TRUE(database.ok()) << database.status();
  ExpectLoanOutlivesKills((*cluster)->TcpUrl(*database));
}

TEST_F(WaitsTest, ASleepEndsInTimeAlthoughNobodyWasThereWhenItBegan) {
  understudy_.On<&subscription::v1::Subscribers::Stub::Look>(
      [](const subscription::v1::LookRequest&) {
        subscription::v1::LookResponse reply;
        reply.set_wanted(false);
        return reply;
      });
  ASSERT_NO_FATAL_FAILURE(Serve(Sqlite()));
  subscription::v1::SubscriptionState state;
  state.set_subscription_id("sub-1");
  state.mutable_renews_at()->set_seconds(absl::ToUnixSeconds(absl::Now()) + 4);
  const auto start = StartOf("renew_subscription", "sub-1", state);
  ASSERT_TRUE(client_->StartUntilAcknowledged(start, kSoon).ok());
  ASSERT_TRUE(Reaches("sub-1", "months/1/renewal_day", v1::Step::RUNNING));
  ASSERT_NO_FATAL_FAILURE(KillAndRestart());
  ExpectCompleted("sub-1");
  const auto saga = client_->Get("sub-1");
  ASSERT_TRUE(saga.ok());
  EXPECT_GE(saga->finish_time().seconds(), state.renews_at().seconds()) << "woken too early";
}

TEST_F(WaitsTest, ABatchThatIsKilledInTheMiddlePaysEachLineOnce) {
  constexpr int kLines = 200;
  ASSERT_NO_FATAL_FAILURE(Serve(Sqlite()));
  refund::v1::BatchState batch;
  batch.set_batch_id("b-1");
  for (int i = 0; i < kLines; ++i) {
    refund::v1::Line& line = *batch.add_lines();
    line.set_order_id(fmt::format("o-{}", i));
    line.set_amount_cents(100);
  }
  ASSERT_TRUE(client_->StartUntilAcknowledged(StartOf("refund_batch", "b-1", batch), kSoon).ok());
  for (const int64_t paid : {20, 80, 150}) {
    ASSERT_TRUE(Eventually([&] { return Effects("PayBack") >= paid; }, kSoon));
    ASSERT_NO_FATAL_FAILURE(KillAndRestart());
  }
  ExpectCompleted("b-1");
  EXPECT_EQ(Effects("PayBack"), kLines);
}

}  // namespace
}  // namespace skald::system_test
