#include "examples/subscription_renewal/subscription_renewal.h"

#include <utility>

#include "examples/subscription_renewal/subscription_renewal.grpc.pb.h"
#include "sagas/flow.h"

namespace subscription {
namespace {

using v1::Billing;
using v1::Subscribers;
using v1::SubscriptionState;
using Flow = skald::Flow<SubscriptionState>;

// Requests that name the subscription and nothing else.
template <typename Request>
Request For(const SubscriptionState& subscription) {
  Request request;
  request.set_subscription_id(subscription.subscription_id());
  return request;
}

void KeepWishes(const v1::LookResponse& reply, SubscriptionState& subscription) {
  subscription.set_wanted(reply.wanted());
  subscription.set_price_cents(reply.price_cents());
}

v1::ChargeRequest OneMonth(const SubscriptionState& subscription) {
  auto request = For<v1::ChargeRequest>(subscription);
  request.set_price_cents(subscription.price_cents());
  return request;
}

void KeepCharge(const v1::ChargeResponse& reply, SubscriptionState& subscription) {
  subscription.set_declined(reply.declined());
  if (reply.declined()) return;
  subscription.set_receipt_id(reply.receipt_id());
  subscription.set_months_paid(subscription.months_paid() + 1);
  *subscription.mutable_renews_at() = reply.paid_until();
}

bool IsPaid(const SubscriptionState& subscription) { return !subscription.declined(); }

bool HasEnded(const SubscriptionState& subscription) {
  return !subscription.wanted() || subscription.declined();
}

// [dunning]
// Charges until it is paid, three times at the most.
void AddPayment(Flow& flow) {
  flow.Repeat("attempts",
              [](Flow& attempt) {
                attempt.Choose("pause").When(
                    "declined", &SubscriptionState::declined, [](Flow& then) {
                      then.Step("remind").Call<&Subscribers::Stub::Remind>(For<v1::RemindRequest>);
                      then.Sleep("three_days", absl::Hours(3 * 24));
                    });
                attempt.Step("charge").Call<&Billing::Stub::Charge>(OneMonth, KeepCharge);
              })
      .Until(IsPaid)
      .AtMost(3, skald::kContinue);
  flow.Choose("unpaid").When("still", &SubscriptionState::declined, [](Flow& then) {
    then.Step("suspend").Call<&Subscribers::Stub::Suspend>(For<v1::SuspendRequest>);
  });
}
// [/dunning]

}  // namespace

// [renew_subscription]
skald::Definition RenewSubscription() {
  Flow flow("renew_subscription", /*version=*/1);
  flow.Exclusive(&SubscriptionState::subscription_id, skald::ExclusiveKey::WhenTaken::kJoin);
  flow.Step("start").Call<&Subscribers::Stub::Start>(For<v1::StartRequest>).Pivot();
  flow.Repeat("months",
              [](Flow& month) {
                month.SleepUntil("renewal_day", &SubscriptionState::renews_at);
                month.Step("look").Call<&Subscribers::Stub::Look>(For<v1::LookRequest>, KeepWishes);
                month.Choose("renewal").When("wanted", &SubscriptionState::wanted, AddPayment);
              })
      .Until(HasEnded)
      .AtMost(10 * 12, skald::kDeadLetter);
  return std::move(flow).Build();
}
// [/renew_subscription]

}  // namespace subscription
