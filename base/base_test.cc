#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/mutex.h"
#include "base/status.h"
#include "base/text.h"
#include "base/thread.h"

namespace skald {
namespace {

TEST(HashTest, StableHashNeverChangesItsValues) {
  EXPECT_EQ(StableHash(""), 14087677454934409008ULL);
  EXPECT_NE(StableHash("a"), StableHash("b"));
  EXPECT_NE(StableHash("a", 1), StableHash("a", 2));
}

TEST(HashTest, Sha256MatchesThePublishedVector) {
  EXPECT_EQ(ToHex(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(TextTest, CleanTextReplacesWhatIsNotUtf8AndNul) {
  EXPECT_EQ(CleanText(std::string_view("a\0b\xff\xc3\xa4\xed\xa0\x80", 9), 100), "a?b?\xc3\xa4???");
}

TEST(TextTest, CleanTextCutsBetweenCharacters) {
  EXPECT_EQ(CleanText("ab\xc3\xa4", 3), "ab");
  EXPECT_EQ(CleanText("ab\xc3\xa4", 4), "ab\xc3\xa4");
}

TEST(TextTest, NearestFindsAMisspeltWordAndNothingFarOff) {
  const std::array<std::string_view, 2> known = {"participants", "listen"};
  EXPECT_EQ(Nearest("partcipants", known), "participants");
  EXPECT_EQ(Nearest("zebra", known), "");
}

TEST(StatusTest, CodesAreNamedAsGrpcNamesThem) {
  EXPECT_EQ(CodeName(StatusCode::kFailedPrecondition), "FAILED_PRECONDITION");
  EXPECT_EQ(Message(NotFound("saga '{}' does not exist", "x")), "saga 'x' does not exist");
}

TEST(MutexTest, AWaiterIsWokenByTheThreadThatChangesWhatItWaitsFor) {
  Mutex mutex;
  CondVar changed;
  bool done = false;
  Thread thread("setter", [&] {
    MutexLock lock(mutex);
    done = true;
    changed.NotifyAll();
  });
  MutexLock lock(mutex);
  while (!done) changed.Wait(lock);
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace skald
