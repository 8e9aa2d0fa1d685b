#include "examples/money_transfer/transfer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "examples/money_transfer/bank.h"
#include "examples/money_transfer/transfer.grpc.pb.h"
#include "examples/shared/participant_host.h"
#include "sagas/picture.h"
#include "sagas/validate.h"
#include "tests/golden.h"

namespace bank {
namespace {

using grpc::StatusCode;

TEST(TransferMoneyTest, IsAGoodDefinition) {
  EXPECT_THAT(skald::Validate(TransferMoney()), testing::IsEmpty());
}

TEST(TransferMoneyTest, LooksLikeItsPicture) {
  skald::ExpectGolden("examples/money_transfer/transfer_money.mmd",
                      skald::ToMermaid(TransferMoney()));
}

class BankTest : public testing::Test {
 protected:
  template <typename Request>
  static Request Of(const std::string& account, int64_t cents) {
    Request request;
    request.set_account(account);
    request.set_amount_cents(cents);
    return request;
  }

  grpc::Status Withdraw(int64_t cents) {
    grpc::ClientContext context;
    demo::AddActionMetadata(context, "t-1", "withdraw");
    v1::WithdrawResponse response;
    return v1::Bank::NewStub(bank_.channel())
        ->Withdraw(&context, Of<v1::WithdrawRequest>("alice", cents), &response);
  }

  grpc::Status PutBack(int64_t cents) {
    grpc::ClientContext context;
    demo::AddCompensationMetadata(context, "t-1", "withdraw");
    v1::PutBackResponse response;
    return v1::Bank::NewStub(bank_.channel())
        ->PutBack(&context, Of<v1::PutBackRequest>("alice", cents), &response);
  }

  int64_t Balance() { return bank_.Query("SELECT coalesce(sum(balance), 100) FROM accounts"); }

  demo::ParticipantHost bank_{Bank(), 100};
};

TEST_F(BankTest, WithdrawsOnceHoweverOftenItIsAsked) {
  EXPECT_TRUE(Withdraw(30).ok());
  bank_.Restart();
  EXPECT_TRUE(Withdraw(30).ok());
  EXPECT_EQ(Balance(), 70);
}

TEST_F(BankTest, PutsBackWhatWasWithdrawn) {
  ASSERT_TRUE(Withdraw(30).ok());
  EXPECT_TRUE(PutBack(30).ok());
  EXPECT_TRUE(PutBack(30).ok());
  EXPECT_EQ(Balance(), 100);
}

TEST_F(BankTest, PutsNothingBackThatWasNeverWithdrawn) {
  EXPECT_TRUE(PutBack(30).ok());
  EXPECT_EQ(Withdraw(30).error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Balance(), 100);
}

TEST_F(BankTest, RejectsMoreThanThereIs) {
  EXPECT_EQ(Withdraw(101).error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_TRUE(PutBack(101).ok());
  EXPECT_EQ(Balance(), 100);
}

}  // namespace
}  // namespace bank
