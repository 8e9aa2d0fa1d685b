#include "engine/server/page_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/status.h"

namespace skald::server {
namespace {

using testing::HasSubstr;

constexpr ListScope kScope{"ListSagas", "age > 1h"};

TEST(PageTokenTest, LeadsBackToWhereTheStoreGoesOn) {
  const std::string next("12\0\xff-x", 6);
  const auto read = ReadPageToken(kScope, MakePageToken(kScope, next));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, next);
}

TEST(PageTokenTest, TheLastPageHasNone) {
  EXPECT_EQ(MakePageToken(kScope, ""), "");
  EXPECT_EQ(*ReadPageToken(kScope, ""), "");
}

TEST(PageTokenTest, AnotherFilterOrMethodIsRefusedAndToldSo) {
  const std::string token = MakePageToken(kScope, "x");
  EXPECT_THAT(Message(ReadPageToken({"ListSagas", "age > 2h"}, token).status()),
              HasSubstr("another list or filter"));
  EXPECT_THAT(Message(ReadPageToken({"ListAudit", "age > 1h"}, token).status()),
              HasSubstr("another list or filter"));
}

TEST(PageTokenTest, GarbageIsRefused) {
  std::string changed = MakePageToken(kScope, "abc");
  changed[3] = changed[3] == 'A' ? 'B' : 'A';
  for (const std::string& token :
       {std::string("x"), std::string("!!"), std::string(5000, 'A'), changed}) {
    const absl::Status status = ReadPageToken(kScope, token).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << token;
    EXPECT_THAT(Message(status), HasSubstr("not a token of this server"));
  }
}

}  // namespace
}  // namespace skald::server
