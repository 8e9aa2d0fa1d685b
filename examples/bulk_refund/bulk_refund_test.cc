#include "examples/bulk_refund/bulk_refund.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "examples/bulk_refund/bulk_refund.grpc.pb.h"
#include "sagas/lint.h"
#include "sagas/picture.h"
#include "sagas/validate.h"
#include "tester/saga_tester.h"
#include "tester/sweep.h"
#include "tester/test_failure.h"
#include "tests/golden.h"

namespace refund {
namespace {

using skald::v1::Cause;
using testing::HasSubstr;
using testing::IsEmpty;
using v1::BatchState;
using v1::Cashier;
using v1::Mailroom;

TEST(RefundBatchTest, IsAGoodDefinition) {
  EXPECT_THAT(skald::Validate(RefundBatch()), IsEmpty());
  EXPECT_THAT(skald::Lint(RefundBatch()), IsEmpty());
}

TEST(RefundBatchTest, LooksLikeItsPicture) {
  skald::ExpectGolden("examples/bulk_refund/refund_batch.mmd", skald::ToMermaid(RefundBatch()));
}

class BatchTest : public testing::Test {
 protected:
  void StartWithLines(int lines) {
    BatchState batch;
    batch.set_batch_id("b-1");
    batch.set_reason("recall of lamp 7");
    for (int i = 1; i <= lines; ++i) {
      v1::Line& line = *batch.add_lines();
      line.set_order_id(fmt::format("o-{}", i));
      line.set_customer(fmt::format("customer-{}", i));
      line.set_amount_cents(100 * i);
    }
    saga_.Start(batch);
  }

  // Paths in a loop have the number of the element, from 1.
  static std::string Line(int number) { return fmt::format("refunds/{}/pay_back", number); }

  void PaysBack(int number) {
    v1::PayBackResponse reply;
    reply.set_receipt_id(fmt::format("r-{}", number));
    saga_.Expect<&Cashier::Stub::PayBack>(Line(number)).Replies(reply);
  }

  skald::SagaTester<BatchState> saga_{RefundBatch()};
};

TEST_F(BatchTest, AsksForTheSumOfAllLinesAndLeavesAllAsItWasIfThatIsRefused) {
  StartWithLines(3);
  saga_
      .Expect<&Cashier::Stub::OpenBatch>(
          "open_batch",
          [](const v1::OpenBatchRequest& request) { return request.total_cents() == 600; })
      .Rejects();
  saga_.ExpectCompensated(Cause::REJECTED, "open_batch");
}

TEST_F(BatchTest, PaysBackEightAtATime) {
  StartWithLines(10);
  saga_.Expect("open_batch").Replies();
  auto eighth = saga_.Expect<&Cashier::Stub::PayBack>(Line(8));
  EXPECT_THROW(saga_.Expect(Line(9)), skald::TestFailure);
  PaysBack(3);
  PaysBack(9);
  PaysBack(10);
  eighth.Replies();
  for (const int number : {1, 2, 4, 5, 6, 7}) PaysBack(number);
  saga_.Expect("mail_summary").Replies();
  saga_.ExpectCompleted();
  EXPECT_EQ(saga_.state().lines(8).receipt_id(), "r-9");
}

TEST_F(BatchTest, NotesWhoseAccountIsClosedAndSaysSoInTheMail) {
  StartWithLines(2);
  saga_.Expect("open_batch").Replies();
  PaysBack(1);
  saga_.Expect(Line(2)).Fails(absl::StatusCode::kNotFound, "account closed");
  saga_
      .Expect<&Mailroom::Stub::Send>("mail_summary",
                                     [](const v1::SendRequest& mail) {
                                       EXPECT_THAT(mail.subject(), HasSubstr("1 of 2 paid back"));
                                       EXPECT_THAT(mail.text(),
                                                   HasSubstr("o-2: 200 cents to customer-2"));
                                     })
      .Replies();
  saga_.ExpectCompleted();
}

TEST_F(BatchTest, ARefundThatIsRefusedParksTheBatchAndCanBeSkipped) {
  StartWithLines(2);
  saga_.Expect("open_batch").Replies();
  PaysBack(1);
  saga_.Expect(Line(2)).Rejects(absl::StatusCode::kFailedPrecondition, "blocked by the bank");
  saga_.ExpectParked(Line(2), "blocked by the bank");
  saga_.Skip("paid in cash");
  saga_.Expect("mail_summary").Replies();
  saga_.ExpectCompleted();
}

TEST_F(BatchTest, ABatchWithoutLinesOnlySendsItsMail) {
  StartWithLines(0);
  saga_.Expect("open_batch").Replies();
  saga_.Expect("mail_summary").Replies();
  saga_.ExpectCompleted();
}

TEST(RefundBatchSweep, SurvivesTroubleInEveryPlace) {
  BatchState batch;
  for (const char* const order : {"o-1", "o-2", "o-3"}) batch.add_lines()->set_order_id(order);
  skald::Sweep(RefundBatch(), batch);
}

}  // namespace
}  // namespace refund
