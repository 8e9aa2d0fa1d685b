// What is promised about the trail that sagas leave: history, dead letters, audit.
#include <gmock/gmock.h>

#include <algorithm>

#include "storage/conformance.h"

namespace skald {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<int64_t> Numbers(const std::vector<v1::HistoryEntry>& entries) {
  std::vector<int64_t> numbers;
  for (const v1::HistoryEntry& entry : entries) numbers.push_back(entry.number());
  return numbers;
}

TEST_P(StoreConformanceTest, AppendsHistoryWithoutGapAndKeepsEveryField) {
  OwnedChange first = NewSaga("a", epoch());
  v1::HistoryEntry& entry = AddHistory(first);
  entry.mutable_time()->set_seconds(1'700'000'000);
  entry.mutable_time()->set_nanos(123'456'789);
  entry.mutable_elapsed()->set_nanos(5);
  entry.set_kind(v1::HistoryEntry::ATTEMPT_ENDED);
  entry.set_message("größer \x01 '\"");
  AddHistory(first);
  Put(first);
  OwnedChange second = NextChange(first);
  AddHistory(second);
  Put(second);
  std::vector<v1::HistoryEntry> all = first.history;
  all.insert(all.end(), second.history.begin(), second.history.end());
  EXPECT_EQ(DumpAll(History("a")), DumpAll(all));
  EXPECT_THAT(Numbers(all), ElementsAre(1, 2, 3, 4, 5));
}

TEST_P(StoreConformanceTest, ReadsHistoryInPagesThatMayBeginAndEndWithinATransition) {
  OwnedChange change = NewSaga("a", epoch());
  for (int i = 0; i < 4; ++i) {
    AddHistory(change);
    AddHistory(change);
    Put(change);
    change = NextChange(change);
  }
  std::vector<int64_t> all(12);
  for (int64_t i = 0; i < 12; ++i) all[static_cast<size_t>(i)] = i + 1;
  EXPECT_EQ(Numbers(History("a")), all);
  for (int64_t after = 0; after <= 13; ++after) {
    for (int limit = 1; limit <= 13; ++limit) {
      const auto begin = all.begin() + std::min<int64_t>(after, 12);
      const auto end = all.begin() + std::min<int64_t>(after + limit, 12);
      ASSERT_EQ(Numbers(History("a", after, limit)),
                std::vector<int64_t>(begin, std::max(begin, end)))
          << "after " << after << ", limit " << limit;
    }
  }
}

TEST_P(StoreConformanceTest, StoresAChangeThatHasNoHistory) {
  const OwnedChange first = NewSaga("a", epoch());
  Put(first);
  OwnedChange second = NextChange(first);
  second.history.clear();
  second.record.set_history_length(1);
  Put(second);
  Put(NextChange(second));
  EXPECT_THAT(Numbers(History("a")), ElementsAre(1, 2));
}

TEST_P(StoreConformanceTest, KeepsTheHistoriesOfSagasApart) {
  Put({NewSaga("a", epoch()), NewSaga("a/b", epoch()), NewSaga("b", epoch())});
  EXPECT_THAT(History("a"), SizeIs(1));
  EXPECT_EQ(History("a/b").front().message(), "entry 1 of a/b");
  EXPECT_THAT(History("none"), IsEmpty());
}

TEST_P(StoreConformanceTest, KeepsAHistoryEntryOfMoreThanAMegabyte) {
  OwnedChange saga = NewSaga("a", epoch());
  saga.history[0].set_message(std::string(1'500'000, 'm'));
  Put(saga);
  EXPECT_EQ(History("a").front().message().size(), size_t{1'500'000});
}

TEST_P(StoreConformanceTest, ReplacesADeadLetterThatIsClosed) {
  OwnedChange opened = NewSaga("a", epoch());
  OpenDeadLetter(opened, 1, kBase).set_attempts(8);
  Put(opened);
  OwnedChange closed = NextChange(opened);
  closed.dead_letter = opened.dead_letter;
  closed.dead_letter->set_closed_us(kBase + 5);
  closed.dead_letter->set_closed_by("retry");
  closed.dead_letter->set_close_reason("fixed: größer");
  Put(closed);
  const auto found = store().GetDeadLetter("a", 1);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(Dump(*found), Dump(*closed.dead_letter));
  EXPECT_THAT(ListDeadLetters(""), ElementsAre("a/1"));
  EXPECT_THAT(ListDeadLetters("open = true"), IsEmpty());
  EXPECT_THAT(ListDeadLetters("open = false"), ElementsAre("a/1"));
}

TEST_P(StoreConformanceTest, FindsTheOpenDeadLetterOrElseTheNewest) {
  OwnedChange change = NewSaga("a", epoch());
  EXPECT_TRUE(absl::IsNotFound(store().GetDeadLetter("a", 0).status()));
  OpenDeadLetter(change, 1, kBase).set_closed_us(kBase + 1);
  Put(change);
  change = NextChange(change);
  // The clock was set back in between: the number decides, not the time.
  OpenDeadLetter(change, 2, kBase - 1).set_closed_us(kBase + 2);
  Put(change);
  auto found = store().GetDeadLetter("a", 0);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->number(), 2);

  change = NextChange(change);
  OpenDeadLetter(change, 10, kBase);
  Put(change);
  found = store().GetDeadLetter("a", 0);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->number(), 10);

  // An old one is opened again: it is the open one, though not the newest.
  change = NextChange(change);
  OpenDeadLetter(change, 10, kBase).set_closed_us(kBase + 3);
  Put(change);
  change = NextChange(change);
  OpenDeadLetter(change, 1, kBase);
  Put(change);
  found = store().GetDeadLetter("a", 0);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->number(), 1);
}

TEST_P(StoreConformanceTest, FindsADeadLetterByItsNumberAndNoOther) {
  OwnedChange change = NewSaga("a", epoch());
  OpenDeadLetter(change, 1, kBase);
  Put(change);
  EXPECT_TRUE(store().GetDeadLetter("a", 1).ok());
  EXPECT_TRUE(absl::IsNotFound(store().GetDeadLetter("a", 2).status()));
  EXPECT_TRUE(absl::IsNotFound(store().GetDeadLetter("A", 1).status()));
  EXPECT_TRUE(absl::IsNotFound(store().GetDeadLetter("b", 0).status()));
}

TEST_P(StoreConformanceTest, ListsDeadLettersNewestFirstInPages) {
  std::vector<std::string> expected;
  for (const char* id : {"a", "b", "c"}) {
    OwnedChange change = NewSaga(id, epoch());
    for (int number = 1; number <= 10; ++number) {
      OpenDeadLetter(change, number, kBase);
      Put(change);
      change = NextChange(change);
      expected.insert(expected.begin(), std::string(id) + "/" + std::to_string(number));
    }
  }
  OwnedChange newest = NewSaga("0", epoch());
  OpenDeadLetter(newest, 1, kBase + 1);
  Put(newest);
  expected.insert(expected.begin(), "0/1");
  for (const int size : {1, 4, 30, 31, 32}) EXPECT_EQ(ListDeadLetters("", size), expected) << size;
}

TEST_P(StoreConformanceTest, FiltersDeadLettersByEveryField) {
  OwnedChange a = NewSaga("a", epoch());
  OpenDeadLetter(a, 1, kBase - 9'000'000).set_step("delivery/express/book_courier");
  OwnedChange b = NewSaga("b", epoch());
  v1::DeadLetterRecord& of_b = OpenDeadLetter(b, 1, kBase - 8'000'000);
  of_b.set_definition("transfer_money");
  of_b.set_definition_version(9);
  of_b.set_closed_us(kBase);
  OwnedChange c = NewSaga("c", epoch());
  OpenDeadLetter(c, 1, kBase - 7'000'000).mutable_cause()->set_kind(v1::Cause::LIMIT);
  Put({a, b, c});
  EXPECT_THAT(ListDeadLetters("id = b"), ElementsAre("b/1"));
  EXPECT_THAT(ListDeadLetters("definition = transfer_money"), ElementsAre("b/1"));
  EXPECT_THAT(ListDeadLetters("version < 9"), ElementsAre("c/1", "a/1"));
  EXPECT_THAT(ListDeadLetters("cause = LIMIT"), ElementsAre("c/1"));
  EXPECT_THAT(ListDeadLetters("cause != LIMIT"), ElementsAre("b/1", "a/1"));
  EXPECT_THAT(ListDeadLetters("step = delivery/express/book_courier"), ElementsAre("a/1"));
  EXPECT_THAT(ListDeadLetters("step > delivery/f"), ElementsAre("c/1", "b/1"));
  EXPECT_THAT(ListDeadLetters("open = true"), ElementsAre("c/1", "a/1"));
  EXPECT_THAT(ListDeadLetters("open != true"), ElementsAre("b/1"));
  EXPECT_THAT(ListDeadLetters("NOT open = false AND age >= 9s"), ElementsAre("a/1"));
  EXPECT_THAT(ListDeadLetters("age < 8s OR open = false", 1), ElementsAre("c/1", "b/1"));
}

TEST_P(StoreConformanceTest, ListsTheAuditOfOneSagaAndOfAllNewestFirstInPages) {
  std::vector<OwnedChange> changes = {NewSaga("a", epoch()), NewSaga("b", epoch())};
  for (int i = 0; i < 11; ++i) {
    for (OwnedChange& change : changes) {
      AddAudit(change, kBase);
      Put(change);
      change = NextChange(change);
    }
  }
  AddAudit(changes[0], kBase - 1);
  Put(changes[0]);
  std::vector<std::string> of_a;
  std::vector<std::string> of_b;
  for (int revision = 11; revision > 0; --revision) {
    of_a.push_back("a/" + std::to_string(revision));
    of_b.push_back("b/" + std::to_string(revision));
  }
  of_a.push_back("a/12");
  std::vector<std::string> all = of_b;
  all.insert(all.end(), of_a.begin(), of_a.end());
  for (const int size : {1, 5, 11, 12, 23, 24}) {
    EXPECT_EQ(ListAudit("a", size), of_a) << size;
    EXPECT_EQ(ListAudit("b", size), of_b) << size;
    EXPECT_EQ(ListAudit("", size), all) << size;
  }
  EXPECT_THAT(ListAudit("none"), IsEmpty());
}

TEST_P(StoreConformanceTest, KeepsEveryFieldOfAnAuditRow) {
  OwnedChange saga = NewSaga("a", epoch());
  v1::AuditRecord& row = AddAudit(saga, kBase);
  row.set_reason("the customer's \"own\" words: größer");
  row.set_dead_letter(3);
  row.set_result("OK");
  Put(saga);
  const auto page = store().ListAudit("a", PageRequest());
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(DumpAll(page->items), ElementsAre(Dump(row)));
}

}  // namespace
}  // namespace skald
