#include "storage/page_token.h"

#include <gtest/gtest.h>

#include <limits>

#include "storage/labels_json.h"

namespace skald {
namespace {

TEST(PageTokenTest, GivesBackTheKeyItWasMadeFrom) {
  for (const char* id : {"", "a", "a:b::1", "größe", "1:2:3"}) {
    const PageKey key = {1'700'000'000'000'000, id, 42};
    const auto read = FromPageToken(ToPageToken(key));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->time_us, key.time_us);
    EXPECT_EQ(read->saga_id, key.saga_id);
    EXPECT_EQ(read->number, key.number);
  }
}

TEST(PageTokenTest, TakesNoTokenForTheBeginningOfTheList) {
  const auto first = FromPageToken("");
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE((PageKey{std::numeric_limits<int64_t>::max() - 1, "zzz", 9} < *first));
}

TEST(PageTokenTest, RefusesWhatNoListReturned) {
  for (const char* token : {":", "1", "1:", "1:2", "a:1:x", "1:b:x", " 1:2:x", "1 :2:x",
                            "9223372036854775808:1:x", "1:2:\xff"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(FromPageToken(token).status())) << token;
  }
}

TEST(PageTokenTest, ComparesTimesFirstThenIdsThenNumbers) {
  EXPECT_TRUE((PageKey{1, "b", 2} < PageKey{2, "a", 1}));
  EXPECT_TRUE((PageKey{1, "a", 2} < PageKey{1, "b", 1}));
  EXPECT_TRUE((PageKey{1, "a", 9} < PageKey{1, "a", 10}));
  EXPECT_FALSE((PageKey{1, "a", 1} < PageKey{1, "a", 1}));
}

TEST(LabelsJsonTest, EscapesWhatJsonWants) {
  google::protobuf::Map<std::string, std::string> labels;
  EXPECT_EQ(ToJson(labels), "{}");
  labels["a\"b\\"] = "\x01\n\x1fgröße\x7f";
  EXPECT_EQ(ToJson(labels), "{\"a\\\"b\\\\\":\"\\u0001\\u000a\\u001fgröße\x7f\"}");
  labels["c"] = "";
  EXPECT_NE(ToJson(labels).find(','), std::string::npos);
}

}  // namespace
}  // namespace skald
