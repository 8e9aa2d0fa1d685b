#include "engine/server/read_command.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include "base/status.h"
#include "engine/runtime/engine_harness.h"
#include "engine/server/errors.h"

namespace skald::server {
namespace {

using testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

std::string ReasonOf(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  EXPECT_TRUE(ToRpcStatus(status).details(0).UnpackTo(&info));
  return info.reason();
}

// a; for each of some lines: an await "packed"; an await "approval".
Definition Waits() {
  Definition definition = runtime::Steps("waits", 2, {"a"});
  const auto await = [](const std::string& name) {
    Node node{.kind = Node::Kind::kAwait, .name = name};
    node.await = AwaitPart{
        .message_type = "google.protobuf.Struct",
        .keep = [](const Scope& scope, std::string_view) { return std::string(scope.state); }};
    return node;
  };
  Node loop{.kind = Node::Kind::kForEach, .name = "lines"};
  loop.children = {await("packed")};
  loop.for_each = ForEachPart{
      .field = "lines", .element_type = "string", .count = [](const Scope&) { return 1; }};
  definition.root.children.push_back(loop);
  definition.root.children.push_back(await("approval"));
  return definition;
}

class SignalTest : public testing::Test {
 protected:
  SignalTest() {
    request_.set_saga_id("s");
    request_.set_name("approval");
    request_.set_message_json("{\"b\": 1, \"a\": 2}");
  }
  absl::StatusOr<core::Signal> Read() {
    return ReadSignal(request_, definition_, limits_, "peer", kNow);
  }

  const Definition definition_ = Waits();
  InputLimits limits_;
  v1::SignalSagaRequest request_;
};

TEST_F(SignalTest, JsonAndBytesOfOneMessageAreOnePayload) {
  const std::string from_json = Read()->payload;
  google::protobuf::Struct message;
  (*message.mutable_fields())["a"].set_number_value(2);
  (*message.mutable_fields())["b"].set_number_value(1);
  request_.mutable_message()->PackFrom(message);
  EXPECT_EQ(Read()->payload, from_json);
}

TEST_F(SignalTest, AnAwaitInALoopIsMeantByNameOrByItsWholePath) {
  request_.set_name("packed");
  EXPECT_TRUE(Read().ok());
  request_.set_name("lines/3/packed");
  EXPECT_EQ(Read()->name, "lines/3/packed");
  request_.set_name("lines/packed");
  EXPECT_EQ(ReasonOf(Read().status()), "UNKNOWN_SIGNAL");
}

TEST_F(SignalTest, AnUnknownNameIsRefusedWithWhatIsAwaited) {
  request_.set_name("aproval");
  EXPECT_EQ(Message(Read().status()),
            "waits@2 awaits no signal 'aproval' (did you mean 'approval'?): it awaits approval "
            "(google.protobuf.Struct), packed (google.protobuf.Struct)");
  request_.set_name("a");
  EXPECT_EQ(ReasonOf(Read().status()), "UNKNOWN_SIGNAL");
  EXPECT_EQ(
      Message(ReadSignal(request_, runtime::Steps("trip", 1, {"a"}), limits_, "", kNow).status()),
      "trip@1 awaits no signals");
}

TEST_F(SignalTest, AnotherTypeIsRefusedNamingBoth) {
  request_.mutable_message()->PackFrom(google::protobuf::Int32Value());
  EXPECT_EQ(Message(Read().status()),
            "'approval' of waits@2 takes google.protobuf.Struct, got google.protobuf.Int32Value");
  EXPECT_EQ(ReasonOf(Read().status()), "WRONG_SIGNAL_TYPE");
  request_.clear_payload();
  EXPECT_THAT(Message(Read().status()), HasSubstr("got no message: give message or message_json"));
  request_.set_message_json("[");
  EXPECT_EQ(ReasonOf(Read().status()), "UNPARSABLE_SIGNAL");
}

TEST_F(SignalTest, AnOversizedMessageIsRefused) {
  limits_.state = 3;
  EXPECT_EQ(ReasonOf(Read().status()), "SIGNAL_TOO_LARGE");
}

TEST_F(SignalTest, EachSignalWithoutAnIdIsAnotherOne) {
  EXPECT_NE(Read()->id, Read()->id);
  request_.set_signal_id("mine");
  EXPECT_EQ(Read()->id, "mine");
}

TEST_F(SignalTest, TheSenderIsWhoItSaysOrThePeer) {
  EXPECT_EQ(Read()->actor, "peer");
  request_.set_actor("ann");
  EXPECT_EQ(Read()->actor, "ann");
}

TEST_F(SignalTest, IdsAndNamesAreCheckedBeforeTheSagaIsRead) {
  EXPECT_TRUE(CheckSignal(request_).ok());
  request_.set_signal_id(std::string(129, 'x'));
  EXPECT_THAT(Message(CheckSignal(request_)), HasSubstr("signal_id: expected at most 128 bytes"));
  request_.clear_signal_id();
  request_.clear_name();
  EXPECT_THAT(Message(CheckSignal(request_)), HasSubstr("name: expected"));
  request_.set_saga_id("a/b");
  EXPECT_EQ(ReasonOf(CheckSignal(request_)), "INVALID_ID");
}

TEST(IdempotencyKeyTest, HasTheSagaThePathAndThePhase) {
  const auto name = ParseIdempotencyKey("s-1/lines/17/pay/compensation");
  ASSERT_TRUE(name.ok()) << name.status();
  EXPECT_EQ(name->saga_id, "s-1");
  EXPECT_EQ(name->step, "lines/17/pay");
  EXPECT_EQ(name->phase, v1::COMPENSATION);
  EXPECT_EQ(ParseIdempotencyKey("s/a/action")->phase, v1::ACTION);
  for (const char* bad :
       {"", "s", "s/action", "s//action", "/a/action", "s/a", "s/a/act", "s/a/", "a b/c/action"}) {
    EXPECT_EQ(ReasonOf(ParseIdempotencyKey(bad).status()), "INVALID_IDEMPOTENCY_KEY") << bad;
  }
}

class CompletionTest : public testing::Test {
 protected:
  absl::StatusOr<core::Completion> Read(const std::string& step = "a",
                                        v1::Phase phase = v1::ACTION) {
    return ReadCompletion(request_, {.saga_id = "s", .step = step, .phase = phase}, definition_);
  }

  const Definition definition_ = runtime::Steps("charge", 1, {"a", "b!"});
  v1::CompleteStepRequest request_;
};

TEST_F(CompletionTest, AResponseIsTheMethodsInBytesOrJson) {
  google::protobuf::StringValue value;
  value.set_value("booked");
  request_.mutable_response()->PackFrom(value);
  EXPECT_EQ(Read()->reply, value.SerializeAsString());
  EXPECT_EQ(Read()->code, absl::StatusCode::kOk);
  request_.set_response_json("\"booked\"");
  EXPECT_EQ(Read()->reply, value.SerializeAsString());
  request_.mutable_response()->PackFrom(google::protobuf::Int32Value());
  EXPECT_EQ(Message(Read().status()),
            "/test/a takes google.protobuf.StringValue, got google.protobuf.Int32Value");
  request_.clear_end();
  EXPECT_EQ(ReasonOf(Read().status()), "WRONG_RESPONSE_TYPE");
}

TEST_F(CompletionTest, AFailureHasACanonicalCode) {
  request_.mutable_failure()->set_code(9);
  request_.mutable_failure()->set_message("no room");
  EXPECT_EQ(Read()->code, absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Read()->message, "no room");
  for (const int code : {-1, 0, 17}) {
    request_.mutable_failure()->set_code(code);
    EXPECT_EQ(ReasonOf(Read().status()), "INVALID_CODE") << code;
  }
}

TEST_F(CompletionTest, ACallThatTheDefinitionHasNotIsNotFound) {
  request_.set_response_json("\"\"");
  EXPECT_EQ(ReasonOf(Read("nowhere").status()), "STEP_NOT_FOUND");
  EXPECT_EQ(Message(Read("b", v1::COMPENSATION).status()),
            "charge@1 has no compensation of a step 'b'");
  EXPECT_TRUE(absl::IsNotFound(Read("b", v1::COMPENSATION).status()));
}

}  // namespace
}  // namespace skald::server
