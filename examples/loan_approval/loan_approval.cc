#include "examples/loan_approval/loan_approval.h"

#include <string>
#include <utility>

#include "examples/loan_approval/loan_approval.grpc.pb.h"
#include "sagas/flow.h"

namespace loan {
namespace {

using v1::CreditBureau;
using v1::Decision;
using v1::FraudCheck;
using v1::LoanDesk;
using v1::LoanState;
using v1::Signature;
using Flow = skald::Flow<LoanState>;

constexpr int kGoodScore = 700;
constexpr int64_t kSmallAmount = 5'000'00;

// Requests that name the application and nothing else.
template <typename Request>
Request ForApplication(const LoanState& loan) {
  Request request;
  request.set_application_id(loan.application_id());
  return request;
}

template <typename Request>
Request WithAmount(const LoanState& loan) {
  auto request = ForApplication<Request>(loan);
  request.set_amount_cents(loan.amount_cents());
  return request;
}

v1::ReportRequest CustomerToReport(const LoanState& loan) {
  v1::ReportRequest request;
  request.set_customer(loan.customer());
  return request;
}

void KeepScore(const v1::ReportResponse& reply, LoanState& loan) {
  loan.set_credit_score(reply.score());
}

v1::ScreenRequest CustomerToScreen(const LoanState& loan) {
  auto request = ForApplication<v1::ScreenRequest>(loan);
  request.set_customer(loan.customer());
  return request;
}

void KeepScreening(const v1::ScreenResponse& reply, LoanState& loan) {
  loan.set_suspicious(reply.suspicious());
}

template <v1::AskForDecisionRequest::Desk kDesk>
v1::AskForDecisionRequest Ask(const LoanState& loan) {
  auto request = ForApplication<v1::AskForDecisionRequest>(loan);
  request.set_desk(kDesk);
  return request;
}

void KeepDecision(const Decision& decision, LoanState& loan) {
  loan.set_decided_by(decision.by());
  loan.set_approved(decision.approved());
}

void KeepFunds(const v1::ReserveFundsResponse& reply, LoanState& loan) {
  loan.set_reservation_id(reply.reservation_id());
}

void KeepPayment(const v1::PayOutResponse& reply, LoanState& loan) {
  loan.set_payment_id(reply.payment_id());
}

bool NeedsAPerson(const LoanState& loan) {
  return loan.suspicious() || loan.credit_score() < kGoodScore ||
         loan.amount_cents() > kSmallAmount;
}

bool IsUndecided(const LoanState& loan) { return loan.decided_by().empty(); }

bool IsApproved(const LoanState& loan) { return loan.approved() || !NeedsAPerson(loan); }

// [checks]
void AddChecks(Flow& checks) {
  checks.Step("credit_report")
      .Call<&CreditBureau::Stub::Report>(CustomerToReport, KeepScore)
      .NothingToCompensate()
      .PendingTimeout(absl::Hours(48));
  checks.Step("fraud_check")
      .Call<&FraudCheck::Stub::Screen>(CustomerToScreen, KeepScreening)
      .NothingToCompensate();
}
// [/checks]

// [decision]
void AddDecision(Flow& flow) {
  flow.Step("ask_officer")
      .Call<&LoanDesk::Stub::AskForDecision>(Ask<v1::AskForDecisionRequest::OFFICER>)
      .NothingToCompensate();
  flow.Await<Decision>("officer_decides", KeepDecision).Within(absl::Hours(24), skald::kContinue);
  flow.Choose("escalation").When("undecided", IsUndecided, [](Flow& then) {
    then.Step("ask_manager")
        .Call<&LoanDesk::Stub::AskForDecision>(Ask<v1::AskForDecisionRequest::MANAGER>)
        .NothingToCompensate();
    then.Await<Decision>("manager_decides", KeepDecision)
        .Within(absl::Hours(24), skald::kCompensate);
  });
}
// [/decision]

void AddContract(Flow& flow) {
  flow.Step("reserve_funds")
      .Call<&LoanDesk::Stub::ReserveFunds>(WithAmount<v1::ReserveFundsRequest>, KeepFunds)
      .Compensate<&LoanDesk::Stub::FreeFunds>(ForApplication<v1::FreeFundsRequest>);
  flow.Await<Signature>("customer_signs").Within(absl::Hours(14 * 24), skald::kCompensate);
  flow.Step("pay_out")
      .Call<&LoanDesk::Stub::PayOut>(WithAmount<v1::PayOutRequest>, KeepPayment)
      .Pivot();
  flow.Step("send_papers").Call<&LoanDesk::Stub::SendPapers>(ForApplication<v1::SendPapersRequest>);
}

}  // namespace

// [approve_loan]
skald::Definition ApproveLoan() {
  Flow flow("approve_loan", /*version=*/1);
  flow.Deadline(absl::Hours(30 * 24));
  flow.Exclusive([](const LoanState& loan) { return "loan of " + loan.customer(); },
                 skald::ExclusiveKey::WhenTaken::kReject);
  flow.Step("application")
      .Compensate<&LoanDesk::Stub::CloseUndecided>(ForApplication<v1::CloseUndecidedRequest>);
  flow.Parallel("checks", AddChecks);
  flow.Choose("decision").When("by_a_person", NeedsAPerson, AddDecision);
  // A "no" is a result like any other: it does not turn the saga back.
  flow.Choose("result").When("approved", IsApproved, AddContract).Otherwise([](Flow& then) {
    then.Step("decline")
        .Call<&LoanDesk::Stub::Decline>(ForApplication<v1::DeclineRequest>)
        .NothingToCompensate();
  });
  return std::move(flow).Build();
}
// [/approve_loan]

}  // namespace loan
