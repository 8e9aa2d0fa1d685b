#include "admin/skaldctl/json.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "admin/skaldctl/input.h"
#include "admin/skaldctl/output.h"
#include "base/status.h"

namespace skald::ctl {
namespace {

std::string ErrorOf(std::string_view text) {
  const auto json = ParseJson(text);
  return json.ok() ? "no error" : std::string(Message(json.status()));
}

TEST(JsonTest, AnErrorSaysWhereItIs) {
  EXPECT_EQ(ErrorOf("{\"a\":1,}"),
            "line 1, column 8: expected a member's name in double quotes, found '}'");
  EXPECT_EQ(ErrorOf("{\n  \"a\": 1\n  \"b\": 2\n}"),
            "line 3, column 3: expected ',' or '}', found '\"'");
  EXPECT_EQ(ErrorOf("[1 2]"), "line 1, column 4: expected ',' or ']', found '2'");
  EXPECT_EQ(ErrorOf("{\"größe\" 1}"), "line 1, column 10: expected ':', found '1'");
  EXPECT_EQ(ErrorOf("{\"a\": \"b"), "line 1, column 9: expected a closing '\"', found the end");
  EXPECT_EQ(ErrorOf("{} x"), "line 1, column 4: expected the end, found 'x'");
  EXPECT_EQ(ErrorOf("\x1b"), "line 1, column 1: expected a value, found '?'");
  EXPECT_EQ(ErrorOf("\"a\nb\""),
            "line 1, column 3: a control character in a string: write it as an escape");
  EXPECT_EQ(ErrorOf("\"\\x\""),
            "line 1, column 3: expected one of \" \\ / b f n r t u after '\\', found 'x'");
  EXPECT_EQ(ErrorOf("01"), "line 1, column 2: expected the end, found '1'");
  EXPECT_EQ(ErrorOf(std::string(200, '[')), "line 1, column 102: nested more than 100 deep");
}

TEST(JsonTest, KeepsOrderAndSpellingOfNumbers) {
  const auto json = ParseJson(R"( {"z": 1.50, "a": [true, null, -0e+7], "m": {}, "n": []} )");
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(ToCompactJson(*json), R"({"z":1.50,"a":[true,null,-0e+7],"m":{},"n":[]})");
  EXPECT_EQ(ToPrettyJson(*json),
            "{\n  \"z\": 1.50,\n  \"a\": [\n    true,\n    null,\n    -0e+7\n  ],\n"
            "  \"m\": {},\n  \"n\": []\n}\n");
}

TEST(JsonTest, WhatATerminalWouldObeyIsEscaped) {
  EXPECT_EQ(ToCompactJson(ParseJson("\"a\xC2\x9B"
                                    "b\xE2\x80\xAE\"")
                              .value()),
            "\"a\\u009bb\\u202e\"");
  EXPECT_EQ(Json::String("quote \" slash \\ esc \x1b").text, R"("quote \" slash \\ esc \u001b")");
}

TEST(JsonTest, YamlSaysTheSameAsTheJson) {
  const std::string text =
      R"({"id":"order-1","yes":"no","empty":"","n":"17","list":[{"a":1,"b":[]},[1,2],"x y"],)"
      R"("deep":{"key with: colon":{"k":"line\nbreak #"}},"none":{}})";
  const std::string yaml = ToYaml(ParseJson(text).value());
  EXPECT_EQ(
      yaml,
      "id: order-1\n\"yes\": \"no\"\nempty: \"\"\n\"n\": \"17\"\nlist:\n  - a: 1\n    b: []\n"
      "  - - 1\n    - 2\n  - \"x y\"\ndeep:\n  \"key with: colon\":\n    k: \"line\\nbreak #\"\n"
      "none: {}\n");
  const YAML::Node node = YAML::Load(yaml);
  EXPECT_EQ(node["deep"]["key with: colon"]["k"].as<std::string>(), "line\nbreak #");
  EXPECT_EQ(node["list"][0]["a"].as<int>(), 1);
  EXPECT_EQ(node["list"][1][1].as<int>(), 2);
}

TEST(JsonTest, ASagasStateIsNestedAndItsAnyLeftOut) {
  v1::Saga saga;
  saga.set_id("order-1");
  saga.mutable_state()->set_type_url("type.googleapis.com/of.a.type.nobody.knows");
  saga.set_state_json(R"({"sku":"book","quantity":"2"})");
  EXPECT_EQ(ToCompactJson(ToJson(saga)),
            R"({"id":"order-1","state":{"sku":"book","quantity":"2"}})");
  saga.set_state_json("not json");
  EXPECT_EQ(ToCompactJson(ToJson(saga)), R"({"id":"order-1","state":"not json"})");
}

TEST(JsonTest, AResourceThatHasNoJsonIsStillShown) {
  v1::Saga saga;
  saga.mutable_create_time()->set_seconds(1'000'000'000'000'000);
  EXPECT_NE(ToCompactJson(ToJson(saga)).find("1000000000000000"), std::string::npos);
}

TEST(OutputTest, AListIsAnObjectInJsonAndALineEachInJsonl) {
  Listing listing{.json_key = "sagas", .columns = {{"ID"}}, .items = {}};
  for (const char* id : {"a", "b"}) {
    Json json = Json::Object();
    json.AddMember("id", Json::String(id));
    listing.items.push_back({.name = id, .json = json, .cells = {id}, .note = ""});
  }
  EXPECT_EQ(RenderList(listing, Format::kJsonl), "{\"id\":\"a\"}\n{\"id\":\"b\"}\n");
  EXPECT_EQ(RenderList(listing, Format::kName), "a\nb\n");
  EXPECT_EQ(RenderList(listing, Format::kTable), "ID\na\nb\n");
  EXPECT_EQ(RenderList(listing, Format::kYaml), "sagas:\n  - id: a\n  - id: b\n");
  EXPECT_EQ(RenderList({.json_key = "sagas", .columns = {}, .items = {}}, Format::kJson),
            "{\n  \"sagas\": []\n}\n");
}

TEST(OutputTest, AnUnknownFormatNamesTheNearest) {
  EXPECT_EQ(
      Message(ParseFormat("jsno").status()),
      "unknown output format 'jsno' (did you mean json?): there are table, wide, json, jsonl, "
      "yaml, name");
}

TEST(InputTest, SaysWhatIsWrongWithIt) {
  EXPECT_EQ(Message(ReadJsonInput("--input", "{\"a\" 1}").status()),
            "--input: the argument is not JSON: line 1, column 6: expected ':', found '1'");
  EXPECT_EQ(Message(ReadJsonInput("--input", "").status()),
            "--input: the argument is empty: an empty message is written {}");
  EXPECT_EQ(Message(ReadJsonInput("--input", "@").status()),
            "--input: no file is named after the @");
  EXPECT_EQ(Message(ReadJsonInput("--input", "@/no/such/file").status()),
            "--input: cannot open /no/such/file: No such file or directory");
  EXPECT_EQ(Message(ReadJsonInput("--input", "@/").status()),
            "--input: cannot read /: Is a directory");
  EXPECT_EQ(Message(ReadJsonInput("--input", "@/dev/zero").status()),
            "--input: /dev/zero is larger than 16 MiB");
}

TEST(InputTest, TakesWhatProtobufTakes) {
  EXPECT_EQ(ReadJsonInput("--input", "{film: \"Solaris\"}").value(), "{film: \"Solaris\"}");
}

}  // namespace
}  // namespace skald::ctl
