#include "engine/server/input.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <optional>

#include "base/status.h"
#include "engine/runtime/engine_harness.h"
#include "engine/server/input_message.h"
#include "engine/server/read_start.h"

namespace skald::server {
namespace {

using testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class InputTest : public testing::Test {
 protected:
  InputTest() {
    EXPECT_TRUE(registry_.Add(runtime::Steps("trip", 1, {"a"})).ok());
    EXPECT_TRUE(registry_.Add(runtime::Steps("trip", 3, {"a", "b"})).ok());
    request_.set_definition("trip");
    request_.set_input_json("\"paris\"");
  }

  absl::StatusOr<runtime::StartRequest> Read() {
    return ReadStart(request_, registry_, limits_, kNow);
  }
  std::string Refused() { return std::string(Message(Read().status())); }

  Registry registry_;
  InputLimits limits_;
  v1::StartSagaRequest request_;
};

TEST_F(InputTest, TheNewestVersionIsStartedUnlessOneIsNamed) {
  EXPECT_EQ(Read()->definition->version, 3);
  request_.set_version(1);
  EXPECT_EQ(Read()->definition->version, 1);
}

TEST_F(InputTest, AnUnknownDefinitionIsRefusedWithTheNearest) {
  request_.set_definition("tripp");
  EXPECT_EQ(Refused(), "there is no definition 'tripp': did you mean 'trip'?");
  EXPECT_TRUE(absl::IsNotFound(Read().status()));
}

TEST_F(InputTest, AnUnknownVersionIsRefusedWithTheKnownOnes) {
  request_.set_version(2);
  EXPECT_EQ(Refused(), "definition 'trip' has no version 2: this server has 1, 3");
}

TEST_F(InputTest, JsonAndBytesOfOneMessageAreOneInput) {
  const std::string from_json = Read()->input;
  google::protobuf::StringValue value;
  value.set_value("paris");
  request_.mutable_input()->PackFrom(value);
  EXPECT_EQ(Read()->input, from_json);
  EXPECT_EQ(from_json, value.SerializeAsString());
}

TEST_F(InputTest, AnotherTypeIsRefusedNamingBoth) {
  google::protobuf::Int32Value number;
  request_.mutable_input()->PackFrom(number);
  EXPECT_EQ(Refused(), "trip@3 takes google.protobuf.StringValue, got google.protobuf.Int32Value");
  request_.mutable_input()->Clear();
  EXPECT_THAT(Refused(), HasSubstr("got an Any without a type"));
  request_.clear_initial();
  EXPECT_THAT(Refused(), HasSubstr("got no input"));
}

TEST_F(InputTest, BytesThatDoNotParseAreRefused) {
  request_.mutable_input()->set_type_url("type.googleapis.com/google.protobuf.StringValue");
  request_.mutable_input()->set_value("\xff\xff");
  EXPECT_EQ(Refused(), "the 2 bytes of input.value do not parse as google.protobuf.StringValue");
}

TEST_F(InputTest, JsonThatDoesNotParseIsRefusedWithoutItsText) {
  request_.set_input_json("{\"secret\": tRue}");
  EXPECT_TRUE(absl::IsInvalidArgument(Read().status()));
  EXPECT_THAT(Refused(), Not(HasSubstr("tRue")));
}

TEST_F(InputTest, AnIdIsMadeWhereThereIsNone) {
  const std::string id = Read()->saga_id;
  EXPECT_EQ(id.size(), 36U);
  EXPECT_EQ(id[14], '7');
  EXPECT_NE(id, Read()->saga_id);
  EXPECT_LT(NewSagaId(kNow), NewSagaId(kNow + absl::Seconds(1)));
}

TEST_F(InputTest, AnIdIsVisibleAsciiWithoutSlashesAndNotTooLong) {
  for (const std::string& id : {std::string("a/b"), std::string("a b"), std::string("\xc3\xa4"),
                                std::string(129, 'x'), std::string("a\n")}) {
    request_.set_saga_id(id);
    EXPECT_THAT(Refused(),
                HasSubstr("saga_id: expected 1 to 128 bytes of visible ASCII without '/'"))
        << id;
  }
  request_.set_saga_id(std::string(128, 'x'));
  EXPECT_TRUE(Read().ok());
}

TEST_F(InputTest, LabelsAreFewShortAndValid) {
  (*request_.mutable_labels())["customer"] = "c-17";
  EXPECT_EQ(Read()->labels.at("customer"), "c-17");
  (*request_.mutable_labels())["customer"] = std::string(257, 'x');
  EXPECT_THAT(Refused(), HasSubstr("the value of 'customer' has 257 bytes"));
  request_.mutable_labels()->clear();
  (*request_.mutable_labels())["a b"] = "";
  EXPECT_THAT(Refused(), HasSubstr("a key must be 1 to 63 letters"));
  request_.mutable_labels()->clear();
  for (int i = 0; i < 33; ++i) (*request_.mutable_labels())["k" + std::to_string(i)] = "";
  EXPECT_THAT(Refused(), HasSubstr("33 labels, at most 32"));
}

TEST_F(InputTest, AnOversizedStateIsRefused) {
  limits_.state = 10;
  request_.set_input_json("\"0123456789\"");
  EXPECT_EQ(Refused(), "input: the state has 12 bytes, at most 10 are kept");
}

TEST_F(InputTest, ADeadlineIsATimestampAndMayHavePassed) {
  request_.mutable_deadline()->set_seconds(1'700'000'001);
  EXPECT_EQ(Read()->deadline, kNow + absl::Seconds(1));
  request_.mutable_deadline()->set_seconds(1'699'999'990);
  EXPECT_EQ(Read()->deadline, kNow - absl::Seconds(10));
  request_.mutable_deadline()->set_nanos(-1);
  EXPECT_THAT(Refused(), HasSubstr("no valid timestamp"));
}

TEST_F(InputTest, AStartTimeIsATimestampBeforeTheDeadline) {
  EXPECT_EQ(Read()->start_at, absl::InfinitePast());
  request_.mutable_start_at()->set_seconds(1'700'000'060);
  EXPECT_EQ(Read()->start_at, kNow + absl::Minutes(1));
  request_.mutable_deadline()->set_seconds(1'700'000'061);
  EXPECT_TRUE(Read().ok());
  request_.mutable_deadline()->set_seconds(1'700'000'060);
  EXPECT_EQ(Refused(), "deadline: it is not after start_at: the saga could only turn back");
  request_.mutable_start_at()->set_nanos(-1);
  EXPECT_EQ(Refused(), "start_at: this is no valid timestamp");
}

TEST_F(InputTest, ATierIsOneOfThreeAndNormalUnlessItIsNamed) {
  EXPECT_EQ(Read()->tier, 1);
  request_.set_tier(0);
  EXPECT_EQ(Read()->tier, 0);
  for (const int tier : {-1, 3}) {
    request_.set_tier(tier);
    EXPECT_THAT(Refused(), HasSubstr("tier: expected 0 (critical), 1 (normal) or 2"));
  }
}

class KeyTest : public testing::Test {
 protected:
  absl::StatusOr<runtime::StartRequest> ReadWithKey(const absl::StatusOr<std::string>& key) {
    Definition definition = runtime::Steps("keyed", 1, {"a"});
    definition.exclusive = ExclusiveKey{.key = [key](std::string_view) { return key; }};
    EXPECT_TRUE(registry_.emplace().Add(std::move(definition)).ok());
    v1::StartSagaRequest request;
    request.set_definition("keyed");
    request.set_input_json("\"paris\"");
    return ReadStart(request, *registry_, {}, kNow);
  }
  std::string Refused(const absl::StatusOr<std::string>& key) {
    return std::string(Message(ReadWithKey(key).status()));
  }

  std::optional<Registry> registry_;
};

TEST_F(KeyTest, AnExclusiveKeyIsMadeOfTheInput) {
  EXPECT_EQ(ReadWithKey("order-42")->exclusive_key, "order-42");
  EXPECT_EQ(ReadWithKey("Stra\xc3\x9f"
                        "e 7")
                ->exclusive_key,
            "Stra\xc3\x9f"
            "e 7");
  EXPECT_EQ(ReadWithKey("")->exclusive_key, "");
}

TEST_F(KeyTest, AnExclusiveKeyIsShortVisibleText) {
  EXPECT_TRUE(ReadWithKey(std::string(256, 'x')).ok());
  EXPECT_THAT(Refused(std::string(257, 'x')), HasSubstr("has 257 bytes, at most 256"));
  for (const std::string key : {"a\nb", "\x7f", "\xff", "\xc2\x85"}) {
    EXPECT_THAT(Refused(key), HasSubstr("no UTF-8 text")) << key;
  }
}

TEST_F(KeyTest, AnAuthorsFunctionThatFailsRefusesTheStart) {
  const auto start = ReadWithKey(Internal("no order number"));
  EXPECT_TRUE(absl::IsInvalidArgument(start.status()));
  EXPECT_EQ(Message(start.status()),
            "input: the exclusive key made of it by keyed@1 is none: no order number");
}

TEST(WaitTest, ANegativeWaitIsRefused) {
  google::protobuf::Duration wait;
  EXPECT_EQ(*ReadWait(nullptr, "wait"), std::nullopt);
  EXPECT_EQ(*ReadWait(&wait, "wait"), absl::ZeroDuration());
  wait.set_seconds(-1);
  EXPECT_EQ(Message(ReadWait(&wait, "wait").status()), "wait: it is negative");
}

TEST(PageSizeTest, ZeroIsTheDefaultAndMoreThanAllowedIsTheMost) {
  EXPECT_EQ(*ReadPageSize(0, 1000), 50);
  EXPECT_EQ(*ReadPageSize(5000, 1000), 1000);
  EXPECT_FALSE(ReadPageSize(-1, 1000).ok());
}

std::string JsonError(const std::string& json, const std::string& type) {
  return std::string(Message(ReadMessage({.json = &json,
                                          .taker = "x@1",
                                          .field = "input",
                                          .json_field = "input_json",
                                          .wrong_type = "WRONG_INPUT_TYPE",
                                          .unparsable = "UNPARSABLE_INPUT"},
                                         type)
                                 .status()));
}

TEST(JsonErrorTest, SaysWhereAndNotWhat) {
  EXPECT_THAT(JsonError("{\n  \"id\": \"x\",\n  \"revision\": geheim}", "skald.v1.Saga"),
              HasSubstr("line 3, column 15"));
  EXPECT_THAT(JsonError("{\"revision\": \"geheim\"}", "skald.v1.Saga"), HasSubstr("at 'revision'"));
  EXPECT_THAT(JsonError("{\"steps\": [{\"stuck\": \"geheim\"}]}", "skald.v1.Saga"),
              HasSubstr("steps[0].stuck"));
  EXPECT_THAT(JsonError("{\"colour\": \"geheim\"}", "skald.v1.Saga"),
              HasSubstr("there is no field 'colour'"));
  for (const char* json : {"{\"revision\": \"geheim\"}", "{\"revision\": geheim}", "geheim",
                           "{\"status\": \"geheim\"}", "{\"createTime\": \"geheim\"}",
                           "{\"epoch\": {\"geheim\": 1}}"}) {
    EXPECT_THAT(JsonError(json, "skald.v1.Saga"), Not(HasSubstr("geheim"))) << json;
  }
}

}  // namespace
}  // namespace skald::server
