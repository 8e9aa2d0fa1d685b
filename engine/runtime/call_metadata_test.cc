#include "engine/runtime/call_metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "google/rpc/error_details.pb.h"

namespace skald::runtime {
namespace {

using ::testing::Contains;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::Pair;

OutgoingCall Attempt(int attempt, v1::Phase phase = v1::ACTION) {
  return {.saga_id = "order-1",
          .definition = "place_order@3",
          .epoch = 7,
          .attempt = {.step = "delivery/book", .phase = phase, .attempt = attempt}};
}

TEST(CallMetadataTest, CarriesTheKeysOfTheContract) {
  const auto metadata = CallMetadata(Attempt(2));
  EXPECT_THAT(metadata, Contains(Pair("idempotency-key", "order-1/delivery/book/action")));
  EXPECT_THAT(metadata, Contains(Pair("skald-saga-id", "order-1")));
  EXPECT_THAT(metadata, Contains(Pair("skald-definition", "place_order@3")));
  EXPECT_THAT(metadata, Contains(Pair("skald-step", "delivery/book")));
  EXPECT_THAT(metadata, Contains(Pair("skald-attempt", "2")));
  EXPECT_THAT(metadata, Contains(Pair("skald-epoch", "7")));
  EXPECT_THAT(metadata, Not(Contains(Pair("skald-compensates", testing::_))));
}

TEST(CallMetadataTest, NamesTheActionThatACompensationUndoes) {
  OutgoingCall call = Attempt(1, v1::COMPENSATION);
  call.attempt.compensates = "order-1/delivery/book/action";
  const auto metadata = CallMetadata(call);
  EXPECT_THAT(metadata, Contains(Pair("idempotency-key", "order-1/delivery/book/compensation")));
  EXPECT_THAT(metadata, Contains(Pair("skald-compensates", "order-1/delivery/book/action")));
}

TEST(CallMetadataTest, NamesNothingWhereACompensationStandsAlone) {
  EXPECT_THAT(CallMetadata(Attempt(1, v1::COMPENSATION)),
              Not(Contains(Pair("skald-compensates", testing::_))));
}

TEST(CallMetadataTest, EncodesWhatNoHeaderMayHold) {
  OutgoingCall call = Attempt(1);
  call.saga_id = "50% \xC3\xA4\n";
  EXPECT_THAT(CallMetadata(call), Contains(Pair("skald-saga-id", "50%25%20%C3%A4%0A")));
}

TEST(CallMetadataTest, GivesAllAttemptsOfASagaOneTraceAndEachASpanOfItsOwn) {
  const std::string first = TraceParent(Attempt(1));
  const std::string second = TraceParent(Attempt(2));
  EXPECT_THAT(first, MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-01"));
  EXPECT_EQ(first, TraceParent(Attempt(1)));
  EXPECT_EQ(first.substr(0, 35), second.substr(0, 35));
  EXPECT_NE(first, second);
}

std::string DetailsWith(absl::Duration delay) {
  google::rpc::RetryInfo info;
  info.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(delay));
  google::rpc::Status status;
  status.add_details()->PackFrom(google::rpc::ErrorInfo());
  status.add_details()->PackFrom(info);
  return status.SerializeAsString();
}

TEST(CallMetadataTest, TakesTheLongerOfWhatAParticipantAsksFor) {
  EXPECT_EQ(PushbackOf("", std::nullopt), absl::ZeroDuration());
  EXPECT_EQ(PushbackOf("", "250"), absl::Milliseconds(250));
  EXPECT_EQ(PushbackOf(DetailsWith(absl::Seconds(3)), std::nullopt), absl::Seconds(3));
  EXPECT_EQ(PushbackOf(DetailsWith(absl::Seconds(3)), "5000"), absl::Seconds(5));
  EXPECT_EQ(PushbackOf("garbage", std::nullopt), absl::ZeroDuration());
}

TEST(CallMetadataTest, DoesNotRetryAfterANegativeOrSenselessPushback) {
  EXPECT_LT(PushbackOf("", "-1"), absl::ZeroDuration());
  EXPECT_LT(PushbackOf("", "soon"), absl::ZeroDuration());
  EXPECT_LT(PushbackOf(DetailsWith(absl::Seconds(3)), ""), absl::ZeroDuration());
}

TEST(CallMetadataTest, LetsNoParticipantPutASagaToSleepForYears) {
  EXPECT_EQ(PushbackOf(DetailsWith(absl::Hours(100'000)), std::nullopt), absl::Hours(24));
  EXPECT_EQ(PollAfter("999999999"), absl::Hours(24));
  EXPECT_EQ(PollAfter("inf"), absl::Hours(24));
}

TEST(CallMetadataTest, ReadsWhenAPendingStepIsToBeAskedAgain) {
  EXPECT_EQ(PollAfter("500ms"), absl::Milliseconds(500));
  EXPECT_EQ(PollAfter("5s"), absl::Seconds(5));
  EXPECT_EQ(PollAfter("0.5s"), absl::Milliseconds(500));
  EXPECT_EQ(PollAfter("1h30m"), absl::Minutes(90));
  EXPECT_EQ(PollAfter("30"), absl::Seconds(30));
  for (const char* senseless : {"", "later", "0", "0s", "-5s", "5 parsecs"}) {
    EXPECT_EQ(PollAfter(senseless), std::nullopt) << senseless;
  }
}

}  // namespace
}  // namespace skald::runtime
