#include "participant/metadata.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/wrappers.pb.h>
#include <grpcpp/server_context.h>
#include <grpcpp/test/server_context_test_spouse.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/status.h"

namespace skald::participant {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

absl::StatusOr<CallInfo> Read(const std::multimap<std::string, std::string>& metadata) {
  grpc::ServerContext context;
  grpc::testing::ServerContextTestSpouse spouse(&context);
  for (const auto& [key, value] : metadata) spouse.AddClientMetadata(key, value);
  return ReadCallInfo(context);
}

TEST(ReadCallInfoTest, ReadsEveryKeyOfTheContract) {
  const CallInfo info = Read({{"idempotency-key", "o-1/pay/compensation"},
                              {"skald-compensates", "o-1/pay/action"},
                              {"skald-saga-id", "o-1"},
                              {"skald-definition", "place_order@3"},
                              {"skald-step", "pay"},
                              {"skald-attempt", "2"},
                              {"skald-epoch", "17"},
                              {"traceparent", "00-ab-cd-01"}})
                            .value();
  EXPECT_EQ(info.idempotency_key, "o-1/pay/compensation");
  EXPECT_EQ(info.compensates, "o-1/pay/action");
  EXPECT_TRUE(info.IsCompensation());
  EXPECT_EQ(info.saga_id, "o-1");
  EXPECT_EQ(info.definition, "place_order@3");
  EXPECT_EQ(info.step, "pay");
  EXPECT_EQ(info.attempt, 2);
  EXPECT_EQ(info.epoch, 17);
  EXPECT_EQ(info.traceparent, "00-ab-cd-01");
}

TEST(ReadCallInfoTest, NeedsNoMoreThanTheKey) {
  const CallInfo info = Read({{"idempotency-key", "k"}}).value();
  EXPECT_FALSE(info.IsCompensation());
  EXPECT_EQ(info.epoch, 0);
}

TEST(ReadCallInfoTest, SaysThatTheKeyIsMissing) {
  const absl::Status status = Read({{"skald-saga-id", "o-1"}}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(Message(status)), HasSubstr("no 'idempotency-key'"));
}

TEST(ReadCallInfoTest, RefusesWhatIsAmbiguous) {
  EXPECT_EQ(Read({{"idempotency-key", "k"}, {"idempotency-key", "l"}}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Read({{"idempotency-key", "k"}, {"skald-compensates", "k"}}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ReadCallInfoTest, RefusesNumbersThatAreNone) {
  for (const char* const text : {"x", "1x", "-1", "99999999999999999999"}) {
    EXPECT_EQ(Read({{"idempotency-key", "k"}, {"skald-epoch", text}}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << text;
  }
}

TEST(RequestDigestTest, DependsOnTheTypeAndTheContent) {
  google::protobuf::StringValue text;
  google::protobuf::BytesValue bytes;
  EXPECT_NE(RequestDigest(text), RequestDigest(bytes));
  google::protobuf::StringValue other;
  other.set_value("other");
  EXPECT_NE(RequestDigest(text), RequestDigest(other));
}

TEST(RequestDigestTest, DoesNotDependOnTheOrderOfAMap) {
  google::protobuf::Struct forth;
  google::protobuf::Struct back;
  for (int i = 0; i < 50; ++i) {
    (*forth.mutable_fields())[fmt::format("key {}", i)].set_number_value(i);
    (*back.mutable_fields())[fmt::format("key {}", 49 - i)].set_number_value(49 - i);
  }
  EXPECT_EQ(RequestDigest(forth), RequestDigest(back));
}

TEST(RunMessagesTest, PutsTheKeptReplyIntoTheResponse) {
  grpc::ServerContext context;
  grpc::testing::ServerContextTestSpouse spouse(&context);
  spouse.AddClientMetadata("idempotency-key", "k");
  google::protobuf::StringValue kept;
  kept.set_value("first");
  google::protobuf::StringValue response;
  const grpc::Status status =
      RunMessages(context, google::protobuf::StringValue(), &response,
                  [&](const GuardedCall&) { return kept.SerializeAsString(); });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(response.value(), "first");
}

TEST(RunMessagesTest, SaysInHeadersThatTheCallIsPending) {
  grpc::ServerContext context;
  grpc::testing::ServerContextTestSpouse spouse(&context);
  spouse.AddClientMetadata("idempotency-key", "k");
  google::protobuf::StringValue response;
  response.set_value("half a reply");
  const grpc::Status status =
      RunMessages(context, google::protobuf::StringValue(), &response,
                  [](const GuardedCall&) { return Pending{.poll_after = absl::Seconds(90)}; });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(response.value(), "");
  EXPECT_THAT(spouse.GetInitialMetadata(), UnorderedElementsAre(Pair("skald-outcome", "pending"),
                                                                Pair("skald-poll-after", "1m30s")));
}

TEST(AnswerPendingTest, AsksForNoPollUnlessOneIsWanted) {
  grpc::ServerContext context;
  const grpc::testing::ServerContextTestSpouse spouse(&context);
  EXPECT_TRUE(AnswerPending(context, Pending()).ok());
  EXPECT_THAT(spouse.GetInitialMetadata(), ElementsAre(Pair("skald-outcome", "pending")));
}

TEST(RunMessagesTest, GivesTheStatusInWordsAndCode) {
  grpc::ServerContext context;
  grpc::testing::ServerContextTestSpouse spouse(&context);
  spouse.AddClientMetadata("idempotency-key", "k");
  google::protobuf::StringValue response;
  const grpc::Status status =
      RunMessages(context, google::protobuf::StringValue(), &response,
                  [](const GuardedCall&) { return NotFound("no account 'alice'"); });
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "no account 'alice'");
}

}  // namespace
}  // namespace skald::participant
