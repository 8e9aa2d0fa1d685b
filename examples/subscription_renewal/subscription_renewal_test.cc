#include "examples/subscription_renewal/subscription_renewal.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "examples/subscription_renewal/subscription_renewal.grpc.pb.h"
#include "sagas/lint.h"
#include "sagas/picture.h"
#include "sagas/validate.h"
#include "tester/saga_tester.h"
#include "tester/sweep.h"
#include "tests/golden.h"

namespace subscription {
namespace {

using testing::IsEmpty;
using v1::Billing;
using v1::Subscribers;
using v1::SubscriptionState;

TEST(RenewSubscriptionTest, IsAGoodDefinition) {
  EXPECT_THAT(skald::Validate(RenewSubscription()), IsEmpty());
  EXPECT_THAT(skald::Lint(RenewSubscription()), IsEmpty());
}

TEST(RenewSubscriptionTest, LooksLikeItsPicture) {
  skald::ExpectGolden("examples/subscription_renewal/renew_subscription.mmd",
                      skald::ToMermaid(RenewSubscription()));
}

class SubscriptionTest : public testing::Test {
 protected:
  static constexpr absl::Duration kMonth = absl::Hours(30 * 24);

  // Paid for until a month from now.
  void Start() {
    SubscriptionState subscription;
    subscription.set_subscription_id("s-1");
    SetTime(saga_.now() + kMonth, *subscription.mutable_renews_at());
    saga_.Start(subscription);
    saga_.Expect("start").Replies();
  }

  static void SetTime(absl::Time time, google::protobuf::Timestamp& timestamp) {
    timestamp.set_seconds(absl::ToUnixSeconds(time));
  }

  static std::string InMonth(int month, const std::string& rest) {
    return fmt::format("months/{}/{}", month, rest);
  }
  static std::string Attempt(int month, int attempt, const std::string& rest) {
    return InMonth(month, fmt::format("renewal/wanted/attempts/{}/{}", attempt, rest));
  }

  void RenewalDayComes(int month, bool wanted) {
    saga_.ExpectWaiting(InMonth(month, "renewal_day"));
    saga_.Advance(kMonth);
    v1::LookResponse wishes;
    wishes.set_wanted(wanted);
    wishes.set_price_cents(900);
    saga_.Expect<&Subscribers::Stub::Look>(InMonth(month, "look")).Replies(wishes);
  }

  void Pays(int month, int attempt) {
    v1::ChargeResponse reply;
    reply.set_receipt_id(fmt::format("r-{}", month));
    SetTime(saga_.now() + kMonth, *reply.mutable_paid_until());
    saga_.Expect<&Billing::Stub::Charge>(Attempt(month, attempt, "charge")).Replies(reply);
  }

  void IsDeclined(int month, int attempt) {
    v1::ChargeResponse reply;
    reply.set_declined(true);
    saga_.Expect<&Billing::Stub::Charge>(Attempt(month, attempt, "charge")).Replies(reply);
  }

  void ThreeDaysPass(int month, int next_attempt) {
    saga_.Expect(Attempt(month, next_attempt, "pause/declined/remind")).Replies();
    saga_.ExpectWaiting(Attempt(month, next_attempt, "pause/declined/three_days"));
    saga_.Advance(absl::Hours(3 * 24));
  }

  skald::SagaTester<SubscriptionState> saga_{RenewSubscription()};
};

TEST_F(SubscriptionTest, ChargesEachMonthUntilItIsNotWantedAnyMore) {
  Start();
  for (int month = 1; month <= 3; ++month) {
    RenewalDayComes(month, /*wanted=*/true);
    Pays(month, 1);
  }
  RenewalDayComes(4, /*wanted=*/false);
  saga_.ExpectCompleted();
  EXPECT_EQ(saga_.state().months_paid(), 3);
}

// [dunning]
TEST_F(SubscriptionTest, ChargesADeclinedCardAgainAfterThreeDays) {
  Start();
  RenewalDayComes(1, /*wanted=*/true);
  IsDeclined(1, 1);
  ThreeDaysPass(1, 2);
  Pays(1, 2);
  saga_.ExpectWaiting(InMonth(2, "renewal_day"));
}

TEST_F(SubscriptionTest, SuspendsASubscriptionWhoseCardIsDeclinedThreeTimes) {
  Start();
  RenewalDayComes(1, /*wanted=*/true);
  IsDeclined(1, 1);
  ThreeDaysPass(1, 2);
  IsDeclined(1, 2);
  ThreeDaysPass(1, 3);
  IsDeclined(1, 3);
  saga_.Expect(InMonth(1, "renewal/wanted/unpaid/still/suspend")).Replies();
  saga_.ExpectCompleted();
  EXPECT_EQ(saga_.state().months_paid(), 0);
}
// [/dunning]

TEST_F(SubscriptionTest, AChargeThatIsLostIsAskedForAgainWithTheSameKey) {
  Start();
  RenewalDayComes(1, /*wanted=*/true);
  saga_.Expect(Attempt(1, 1, "charge")).Loses();
  saga_.AdvanceToNext();
  Pays(1, 1);
  EXPECT_EQ(saga_.state().months_paid(), 1);
}

TEST_F(SubscriptionTest, SleepsOverACrash) {
  Start();
  saga_.Crash();
  RenewalDayComes(1, /*wanted=*/false);
  saga_.ExpectCompleted();
}

TEST_F(SubscriptionTest, ABillingThatIsGoneForADayParksItAndEndsNothing) {
  Start();
  RenewalDayComes(1, /*wanted=*/true);
  saga_.Expect(Attempt(1, 1, "charge")).Exhausts();
  saga_.ExpectParked(Attempt(1, 1, "charge"));
  saga_.Retry("billing is back");
  Pays(1, 1);
  saga_.ExpectWaiting(InMonth(2, "renewal_day"));
}

TEST(RenewSubscriptionSweep, SurvivesTroubleInEveryPlaceUntilItIsSuspended) {
  v1::LookResponse wishes;
  wishes.set_wanted(true);
  v1::ChargeResponse declined;
  declined.set_declined(true);
  skald::Sweep(RenewSubscription(), SubscriptionState(),
               skald::SweepOptions()
                   .Reply("months/look", wishes)
                   .Reply("months/renewal/wanted/attempts/charge", declined));
}

}  // namespace
}  // namespace subscription
