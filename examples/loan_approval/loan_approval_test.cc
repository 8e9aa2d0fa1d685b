#include "examples/loan_approval/loan_approval.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "examples/loan_approval/loan_approval.grpc.pb.h"
#include "sagas/lint.h"
#include "sagas/picture.h"
#include "sagas/validate.h"
#include "tester/saga_tester.h"
#include "tester/sweep.h"
#include "tests/golden.h"

namespace loan {
namespace {

using skald::v1::Cause;
using v1::CreditBureau;
using v1::Decision;
using v1::LoanDesk;
using v1::LoanState;
using v1::Signature;

TEST(ApproveLoanTest, IsAGoodDefinition) {
  EXPECT_THAT(skald::Validate(ApproveLoan()), testing::IsEmpty());
  EXPECT_THAT(skald::Lint(ApproveLoan()), testing::IsEmpty());
}

TEST(ApproveLoanTest, LooksLikeItsPicture) {
  skald::ExpectGolden("examples/loan_approval/approve_loan.mmd", skald::ToMermaid(ApproveLoan()));
}

class LoanTest : public testing::Test {
 protected:
  // Until both checks are done; the bureau takes a day for it.
  void StartWithScore(int score) {
    LoanState loan;
    loan.set_application_id("a-1");
    loan.set_customer("ada");
    loan.set_amount_cents(3'000'00);
    saga_.Start(loan);
    saga_.Expect("checks/fraud_check").Replies();
    saga_.Expect("checks/credit_report").Pends();
    saga_.Advance(absl::Hours(24));
    v1::ReportResponse report;
    report.set_score(score);
    saga_.ExpectPending("checks/credit_report").Completes(report);
  }

  static Decision By(const char* who, bool approved) {
    Decision decision;
    decision.set_by(who);
    decision.set_approved(approved);
    return decision;
  }

  void ExpectPaidOut() {
    saga_.Expect("result/approved/reserve_funds").Replies();
    saga_.Signal("customer_signs", Signature());
    saga_.Expect<&LoanDesk::Stub::PayOut>("result/approved/pay_out").Replies();
    saga_.Expect("result/approved/send_papers").Replies();
    saga_.ExpectCompleted();
  }

  skald::SagaTester<LoanState> saga_{ApproveLoan()};
};

TEST_F(LoanTest, PaysASmallLoanOfAGoodCustomerWithoutAskingAnybody) {
  StartWithScore(800);
  ExpectPaidOut();
}

TEST_F(LoanTest, PaysWhatTheOfficerHasApproved) {
  StartWithScore(500);
  saga_.Expect("decision/by_a_person/ask_officer").Replies();
  saga_.ExpectWaiting("decision/by_a_person/officer_decides");
  saga_.Signal("officer_decides", By("eve", true));
  ExpectPaidOut();
  EXPECT_EQ(saga_.state().decided_by(), "eve");
}

TEST_F(LoanTest, ANoIsAResultAndTurnsNothingBack) {
  StartWithScore(500);
  saga_.Expect("decision/by_a_person/ask_officer").Replies();
  saga_.Signal("officer_decides", By("eve", false));
  saga_.Expect<&LoanDesk::Stub::Decline>("result/otherwise/decline").Replies();
  saga_.ExpectCompleted();
}

// [silence]
TEST_F(LoanTest, AsksTheManagerWhenTheOfficerIsSilentForADay) {
  StartWithScore(500);
  saga_.Expect("decision/by_a_person/ask_officer").Replies();
  saga_.Advance(absl::Hours(24));
  saga_.Expect("decision/by_a_person/escalation/undecided/ask_manager").Replies();
  saga_.Signal("manager_decides", By("max", true));
  ExpectPaidOut();
}

TEST_F(LoanTest, ClosesTheApplicationWhenTheManagerIsSilentToo) {
  StartWithScore(500);
  saga_.Expect("decision/by_a_person/ask_officer").Replies();
  saga_.Advance(absl::Hours(24));
  saga_.Expect("decision/by_a_person/escalation/undecided/ask_manager").Replies();
  saga_.Advance(absl::Hours(24));
  saga_.ExpectCompensation<&LoanDesk::Stub::CloseUndecided>("application").Replies();
  saga_.ExpectCompensated();
}
// [/silence]

TEST_F(LoanTest, FreesTheFundsWhenTheCustomerDoesNotSign) {
  StartWithScore(800);
  saga_.Expect("result/approved/reserve_funds").Replies();
  saga_.ExpectWaiting("result/approved/customer_signs");
  saga_.Advance(absl::Hours(14 * 24));
  saga_.ExpectCompensation("result/approved/reserve_funds").Replies();
  saga_.ExpectCompensation("application").Replies();
  saga_.ExpectCompensated();
}

TEST_F(LoanTest, ASignatureThatComesEarlyIsKept) {
  StartWithScore(500);
  saga_.Expect("decision/by_a_person/ask_officer").Replies();
  saga_.Signal("customer_signs", Signature());
  saga_.Signal("officer_decides", By("eve", true));
  saga_.Expect("result/approved/reserve_funds").Replies();
  saga_.Expect("result/approved/pay_out").Replies();
  saga_.Expect("result/approved/send_papers").Replies();
  saga_.ExpectCompleted();
}

TEST_F(LoanTest, ClosesTheApplicationWhenTheBureauDoesNotAnswerInTwoDays) {
  LoanState loan;
  loan.set_application_id("a-1");
  saga_.Start(loan);
  saga_.Expect("checks/fraud_check").Replies();
  saga_.Expect("checks/credit_report").Pends();
  saga_.Advance(absl::Hours(48));
  saga_.ExpectCompensation("application").Replies();
  saga_.ExpectCompensated();
}

TEST_F(LoanTest, FreesTheFundsThatMayBeReservedWhenTheCustomerGoesElsewhere) {
  StartWithScore(800);
  saga_.Expect("result/approved/reserve_funds").Fails(absl::StatusCode::kUnavailable);
  saga_.Cancel("the customer went elsewhere");
  saga_.ExpectCompensation("result/approved/reserve_funds").Replies();
  saga_.ExpectCompensation("application").Replies();
  saga_.ExpectCompensated(Cause::CANCELLED);
}

TEST(ApproveLoanSweep, SurvivesTroubleInEveryPlace) {
  LoanState loan;
  loan.set_customer("ada");
  Decision decision;
  decision.set_by("eve");
  decision.set_approved(true);
  skald::Sweep(ApproveLoan(), loan,
               skald::SweepOptions()
                   .Signal("officer_decides", decision)
                   .Signal("manager_decides", decision));
}

}  // namespace
}  // namespace loan
