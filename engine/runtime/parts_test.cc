// Mailbox, timers, watchers, backlog slots: each by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/thread.h"
#include "engine/runtime/counters.h"
#include "engine/runtime/mailbox.h"
#include "engine/runtime/timers.h"
#include "engine/runtime/watchers.h"

namespace skald::runtime {
namespace {

using ::testing::ElementsAre;

Mail StartOf(const std::string& id) { return StartSaga{.request = {.saga_id = id}, .done = {}}; }

TEST(MailboxTest, RefusesClientsWhenFullAndLeavesTheirMailAsItWas) {
  Mailbox mailbox(1);
  ASSERT_EQ(mailbox.Offer(StartOf("s1")), Mailbox::Offered::kTaken);
  Mail refused = StartOf("s2");
  EXPECT_EQ(mailbox.Offer(std::move(refused)), Mailbox::Offered::kFull);
  EXPECT_EQ(std::get<StartSaga>(refused).request.saga_id, "s2");
}

TEST(MailboxTest, LetsMailFromInsideInAlthoughItIsFull) {
  Mailbox mailbox(0);
  mailbox.Put(CallEnded{.saga_id = "s1", .ended = {}});
  mailbox.Put(Quit{});
  EXPECT_EQ(mailbox.Take(absl::InfiniteDuration()).size(), 2u);
}

TEST(MailboxTest, HasRoomAgainAfterItWasEmptied) {
  Mailbox mailbox(1);
  ASSERT_EQ(mailbox.Offer(StartOf("s1")), Mailbox::Offered::kTaken);
  EXPECT_EQ(mailbox.Take(absl::ZeroDuration()).size(), 1u);
  EXPECT_EQ(mailbox.Offer(StartOf("s2")), Mailbox::Offered::kTaken);
}

TEST(MailboxTest, ReturnsWithNothingWhenItIsWoken) {
  Mailbox mailbox(1);
  mailbox.Wake();
  EXPECT_TRUE(mailbox.Take(absl::InfiniteDuration()).empty());
}

TEST(MailboxTest, WakesWhoeverWaitsForMail) {
  Mailbox mailbox(1);
  Thread sender("sender", [&] { mailbox.Put(Quit{}); });
  size_t taken = 0;
  while (taken == 0) taken = mailbox.Take(absl::InfiniteDuration()).size();
  EXPECT_EQ(taken, 1u);
}

TEST(MailboxTest, GivesBackWhatWaitsWhenItIsClosedAndTakesNothingMore) {
  Mailbox mailbox(2);
  ASSERT_EQ(mailbox.Offer(StartOf("s1")), Mailbox::Offered::kTaken);
  EXPECT_EQ(mailbox.Close().size(), 1u);
  EXPECT_EQ(mailbox.Offer(StartOf("s2")), Mailbox::Offered::kClosed);
  mailbox.Put(Quit{});
  EXPECT_TRUE(mailbox.Take(absl::ZeroDuration()).empty());
}

absl::Time At(int seconds) { return absl::FromUnixSeconds(seconds); }

TEST(TimersTest, GivesSagasInTheOrderOfTheirTimesAndNoneEarly) {
  Timers timers;
  timers.Set("late", At(20));
  timers.Set("soon", At(10));
  EXPECT_EQ(timers.NextDue(), At(10));
  EXPECT_EQ(timers.TakeDue(At(9)), std::nullopt);
  EXPECT_EQ(timers.TakeDue(At(30)), "soon");
  EXPECT_EQ(timers.TakeDue(At(30)), "late");
  EXPECT_EQ(timers.TakeDue(At(30)), std::nullopt);
  EXPECT_EQ(timers.NextDue(), absl::InfiniteFuture());
}

TEST(TimersTest, KeepsOneTimerPerSaga) {
  Timers timers;
  timers.Set("saga", At(10));
  timers.Set("saga", At(20));
  EXPECT_EQ(timers.TakeDue(At(19)), std::nullopt);
  timers.Set("saga", absl::InfiniteFuture());
  EXPECT_EQ(timers.TakeDue(absl::InfiniteFuture()), std::nullopt);
}

v1::SagaRecord Saga(const std::string& id, int64_t revision) {
  v1::SagaRecord saga;
  saga.set_id(id);
  saga.set_revision(revision);
  return saga;
}

TEST(WatchersTest, CallsTheWatchersOfTheSagaAndNoOthers) {
  Watchers watchers;
  std::vector<std::string> heard;
  watchers.Watch("s1", [&](const v1::SagaRecord& saga) { heard.push_back("1:" + saga.id()); });
  watchers.Watch("s1", [&](const v1::SagaRecord& saga) { heard.push_back("2:" + saga.id()); });
  watchers.Watch("s2", [&](const v1::SagaRecord& saga) { heard.push_back("3:" + saga.id()); });
  watchers.Notify(Saga("s1", 1));
  EXPECT_THAT(heard, ElementsAre("1:s1", "2:s1"));
}

TEST(WatchersTest, CallsNobodyAnyMoreOnceUnwatchHasReturned) {
  Watchers watchers;
  std::promise<void> entered;
  std::promise<void> leave;
  std::atomic<bool> returned{false};
  const uint64_t watch = watchers.Watch("s1", [&](const v1::SagaRecord&) {
    entered.set_value();
    leave.get_future().wait();
    returned = true;
  });
  Thread notifier("notifier", [&] { watchers.Notify(Saga("s1", 1)); });
  entered.get_future().wait();
  Thread releaser("releaser", [&] { leave.set_value(); });
  watchers.Unwatch(watch);
  EXPECT_TRUE(returned);
  watchers.Notify(Saga("s1", 2));
}

TEST(WatchersTest, LetsAWatcherEndItsOwnWatch) {
  Watchers watchers;
  int calls = 0;
  uint64_t watch = 0;
  watch = watchers.Watch("s1", [&](const v1::SagaRecord&) {
    ++calls;
    watchers.Unwatch(watch);
  });
  watchers.Notify(Saga("s1", 1));
  watchers.Notify(Saga("s1", 2));
  EXPECT_EQ(calls, 1);
}

TEST(SlotTest, IsGivenBackOnceHoweverOftenItIsMoved) {
  std::atomic<int64_t> active{0};
  {
    auto slot = Slot::TryTake(active, 1);
    ASSERT_TRUE(slot.has_value());
    EXPECT_FALSE(Slot::TryTake(active, 1).has_value());
    const Slot moved = std::move(*slot);
    EXPECT_EQ(active, 1);
  }
  EXPECT_EQ(active, 0);
}

}  // namespace
}  // namespace skald::runtime
