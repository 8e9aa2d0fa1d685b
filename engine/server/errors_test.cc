#include "engine/server/errors.h"

#include <gtest/gtest.h>

#include "base/status.h"

namespace skald::server {
namespace {

template <typename Detail>
Detail Find(const google::rpc::Status& status) {
  Detail detail;
  for (const google::protobuf::Any& any : status.details()) {
    if (any.Is<Detail>()) any.UnpackTo(&detail);
  }
  return detail;
}

TEST(ErrorsTest, CarryReasonDomainFieldAndMetadata) {
  const google::rpc::Status status = ToRpcStatus(
      WithField(WithReason(InvalidArgument("saga_id: too long"), "INVALID_ID", {{"most", "128"}}),
                "saga_id"));
  EXPECT_EQ(status.code(), 3);
  EXPECT_EQ(status.message(), "saga_id: too long");
  const auto info = Find<google::rpc::ErrorInfo>(status);
  EXPECT_EQ(info.reason(), "INVALID_ID");
  EXPECT_EQ(info.domain(), "skald");
  EXPECT_EQ(info.metadata().at("most"), "128");
  const auto request = Find<google::rpc::BadRequest>(status);
  ASSERT_EQ(request.field_violations_size(), 1);
  EXPECT_EQ(request.field_violations(0).field(), "saga_id");
  EXPECT_EQ(request.field_violations(0).description(), "saga_id: too long");
}

TEST(ErrorsTest, AlwaysHaveAReason) {
  EXPECT_EQ(Find<google::rpc::ErrorInfo>(ToRpcStatus(NotFound("x"))).reason(), "NOT_FOUND");
  EXPECT_EQ(Find<google::rpc::ErrorInfo>(ToRpcStatus(Internal("x"))).reason(), "INTERNAL");
}

TEST(ErrorsTest, SayWhenToTryAgainWhereWaitingHelps) {
  EXPECT_GT(Find<google::rpc::RetryInfo>(ToRpcStatus(Unavailable("x"))).retry_delay().seconds(), 0);
  EXPECT_FALSE(Find<google::rpc::RetryInfo>(ToRpcStatus(NotFound("x"))).has_retry_delay());
}

TEST(ErrorsTest, MessagesAreCleanTextOfBoundedLength) {
  const google::rpc::Status status = ToRpcStatus(absl::InternalError(std::string(5000, '\xff')));
  EXPECT_EQ(status.message(), std::string(2048, '?'));
}

}  // namespace
}  // namespace skald::server
