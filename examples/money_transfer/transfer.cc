#include "examples/money_transfer/transfer.h"

#include <utility>

#include "examples/money_transfer/transfer.grpc.pb.h"
#include "sagas/flow.h"

namespace bank {
namespace {

using v1::Bank;
using v1::TransferState;

// [functions]
template <typename Request>
Request Of(const std::string& account, const TransferState& transfer) {
  Request request;
  request.set_account(account);
  request.set_amount_cents(transfer.amount_cents());
  return request;
}

v1::WithdrawRequest ToWithdraw(const TransferState& transfer) {
  return Of<v1::WithdrawRequest>(transfer.from_account(), transfer);
}

v1::PutBackRequest ToPutBack(const TransferState& transfer) {
  return Of<v1::PutBackRequest>(transfer.from_account(), transfer);
}

v1::DepositRequest ToDeposit(const TransferState& transfer) {
  return Of<v1::DepositRequest>(transfer.to_account(), transfer);
}
// [/functions]

}  // namespace

// [transfer]
skald::Definition TransferMoney() {
  skald::Flow<TransferState> flow("transfer_money", /*version=*/1);
  flow.Step("withdraw")
      .Call<&Bank::Stub::Withdraw>(ToWithdraw)
      .Compensate<&Bank::Stub::PutBack>(ToPutBack);
  flow.Step("deposit").Call<&Bank::Stub::Deposit>(ToDeposit).Pivot();
  return std::move(flow).Build();
}
// [/transfer]

}  // namespace bank
