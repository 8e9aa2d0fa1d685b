// What LoadUnfinished and ListSagas promise.
#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "base/clock.h"
#include "storage/conformance.h"
#include "storage/filter_match.h"

namespace skald {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> Unfinished(Store& store, int shard, const std::string& after, int limit) {
  const auto found = store.LoadUnfinished(shard, after, limit);
  EXPECT_TRUE(found.ok()) << found.status();
  std::vector<std::string> ids;
  if (found.ok()) {
    for (const auto& saga : *found) ids.push_back(saga.id());
  }
  return ids;
}

// Sagas a, b, c, ... of which each was created a second after the one before.
std::vector<OwnedChange> SagasASecondApart(int count, int64_t epoch, int64_t first_us) {
  std::vector<OwnedChange> sagas;
  for (int i = 0; i < count; ++i) {
    sagas.push_back(NewSaga(std::string(1, static_cast<char>('a' + i)), epoch));
    sagas.back().record.set_created_us(first_us + i * 1'000'000);
  }
  return sagas;
}

TEST_P(StoreConformanceTest, LoadsUnfinishedSagasOfOneShardOnly) {
  Put({NewSaga("a", epoch(0), 0), NewSaga("b", epoch(1), 1), NewSaga("c", epoch(0), 0)});
  EXPECT_THAT(Unfinished(store(), 0, "", 10), ElementsAre("a", "c"));
  EXPECT_THAT(Unfinished(store(), 1, "", 10), ElementsAre("b"));
  EXPECT_THAT(Unfinished(store(), 2, "", 10), IsEmpty());
}

TEST_P(StoreConformanceTest, LoadsRunningAndCompensatingSagasPausedOrNotAndNoOthers) {
  for (int status = v1::Saga::RUNNING; status <= v1::Saga::RESOLVED; ++status) {
    for (const bool paused : {false, true}) {
      OwnedChange saga = NewSaga(std::to_string(status) + (paused ? "p" : ""), epoch());
      saga.record.set_status(static_cast<v1::Saga::Status>(status));
      saga.record.set_paused(paused);
      Put(saga);
    }
  }
  EXPECT_THAT(Unfinished(store(), 0, "", 100), ElementsAre("1", "1p", "3", "3p"));
}

TEST_P(StoreConformanceTest, LoadsUnfinishedSagasInPagesByRisingId) {
  std::vector<OwnedChange> sagas;
  for (const char* id : {"b", "B", "a", "ä", "aa", "Z", "0", "a-b", "a_b"}) {
    sagas.push_back(NewSaga(id, epoch()));
    AddStep(sagas.back(), "step of " + std::string(id));
  }
  Put(sagas);
  std::vector<std::string> all;
  for (std::vector<std::string> page = Unfinished(store(), 0, "", 2); !page.empty();
       page = Unfinished(store(), 0, all.back(), 2)) {
    EXPECT_LE(page.size(), size_t{2});
    all.insert(all.end(), page.begin(), page.end());
  }
  // Bytewise: no store may sort by the rules of a language.
  EXPECT_THAT(all, ElementsAre("0", "B", "Z", "a", "a-b", "a_b", "aa", "b", "ä"));
  const auto page = store().LoadUnfinished(0, "B", 2);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_THAT(*page, SizeIs(2));
  EXPECT_EQ((*page)[1].steps(0).path(), "step of a");
}

TEST_P(StoreConformanceTest, LeavesOutASagaAsSoonAsItHasEndedAndTakesItBackIn) {
  const OwnedChange first = NewSaga("a", epoch());
  Put(first);
  OwnedChange parked = NextChange(first);
  parked.record.set_status(v1::Saga::DEAD_LETTERED);
  Put(parked);
  EXPECT_THAT(Unfinished(store(), 0, "", 10), IsEmpty());
  OwnedChange retried = NextChange(parked);
  retried.record.set_status(v1::Saga::COMPENSATING);
  Put(retried);
  EXPECT_THAT(Unfinished(store(), 0, "", 10), ElementsAre("a"));
}

TEST_P(StoreConformanceTest, ListsNewestFirstWithoutSteps) {
  std::vector<OwnedChange> sagas = SagasASecondApart(3, epoch(), kBase);
  AddStep(sagas[1], "one");
  Put(sagas);
  const auto page = store().ListSagas(Filter(), PageRequest());
  ASSERT_TRUE(page.ok()) << page.status();
  for (OwnedChange& saga : sagas) saga.record.clear_steps();
  EXPECT_THAT(DumpAll(page->items),
              ElementsAre(Dump(sagas[2].record), Dump(sagas[1].record), Dump(sagas[0].record)));
  EXPECT_EQ(page->next, "");
}

TEST_P(StoreConformanceTest, PagesThroughSagasOfEqualTimesWithoutGapOrRepeat) {
  std::vector<OwnedChange> sagas;
  std::vector<std::string> expected;
  for (int i = 0; i < 30; ++i) {
    sagas.push_back(NewSaga((i % 2 == 0 ? "x" : "X") + std::to_string(i), epoch()));
    sagas.back().record.set_created_us(kBase + i / 10);
    expected.push_back(sagas.back().record.id());
  }
  Put(sagas);
  std::sort(sagas.begin(), sagas.end(), [](const OwnedChange& a, const OwnedChange& b) {
    return std::make_pair(a.record.created_us(), a.record.id()) >
           std::make_pair(b.record.created_us(), b.record.id());
  });
  std::transform(sagas.begin(), sagas.end(), expected.begin(),
                 [](const OwnedChange& saga) { return saga.record.id(); });
  for (const int size : {1, 3, 7, 10, 29, 30, 31}) EXPECT_EQ(List("", size), expected) << size;
}

TEST_P(StoreConformanceTest, KeepsItsPlaceInAListWhileSagasAreAdded) {
  Put(SagasASecondApart(6, epoch(), kBase));
  PageRequest request;
  request.size = 2;
  const auto first = store().ListSagas(Filter(), request);
  ASSERT_TRUE(first.ok()) << first.status();
  OwnedChange newer = NewSaga("newer", epoch());
  newer.record.set_created_us(kBase + 60'000'000);
  OwnedChange between = NewSaga("between", epoch());
  between.record.set_created_us(kBase + 2'500'000);
  Put({newer, between});
  std::vector<std::string> rest;
  request.after = first->next;
  while (!request.after.empty()) {
    const auto page = store().ListSagas(Filter(), request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& saga : page->items) rest.push_back(saga.id());
    request.after = page->next;
  }
  EXPECT_THAT(rest, ElementsAre("d", "between", "c", "b", "a"));
}

TEST_P(StoreConformanceTest, RefusesAPageTokenThatIsNotOne) {
  PageRequest request;
  for (const char* after : {"x", "12", "1:x:a", "::", "99999999999999999999:0:a"}) {
    request.after = after;
    EXPECT_TRUE(absl::IsInvalidArgument(store().ListSagas(Filter(), request).status())) << after;
    EXPECT_TRUE(absl::IsInvalidArgument(store().ListDeadLetters(Filter(), request).status()));
    EXPECT_TRUE(absl::IsInvalidArgument(store().ListAudit("", request).status())) << after;
  }
}

TEST_P(StoreConformanceTest, FiltersSagasByEveryField) {
  std::vector<OwnedChange> sagas = SagasASecondApart(4, epoch(), kBase - 10'000'000);
  sagas[0].record.set_definition("transfer_money");
  sagas[1].record.set_definition_version(12);
  sagas[1].record.set_paused(true);
  sagas[2].record.set_status(v1::Saga::COMPENSATING);
  sagas[2].record.mutable_cause()->set_kind(v1::Cause::DEADLINE);
  sagas[3].record.set_status(v1::Saga::DEAD_LETTERED);
  Put(sagas);
  EXPECT_THAT(List("id = b"), ElementsAre("b"));
  EXPECT_THAT(List("id >= b AND id < d"), ElementsAre("c", "b"));
  EXPECT_THAT(List("definition = transfer_money"), ElementsAre("a"));
  EXPECT_THAT(List("definition != transfer_money"), ElementsAre("d", "c", "b"));
  EXPECT_THAT(List("version = 12"), ElementsAre("b"));
  EXPECT_THAT(List("version < 12"), ElementsAre("d", "c", "a"));
  EXPECT_THAT(List("status = RUNNING"), ElementsAre("b", "a"));
  EXPECT_THAT(List("status != RUNNING"), ElementsAre("d", "c"));
  EXPECT_THAT(List("paused = true"), ElementsAre("b"));
  EXPECT_THAT(List("paused != true"), ElementsAre("d", "c", "a"));
  EXPECT_THAT(List("cause = DEADLINE"), ElementsAre("c"));
  EXPECT_THAT(List("cause != DEADLINE"), ElementsAre("d", "b", "a"));
  // Ages are counted from kBase: they are 10, 9, 8 and 7 s old.
  EXPECT_THAT(List("age > 9s"), ElementsAre("a"));
  EXPECT_THAT(List("age >= 9s"), ElementsAre("b", "a"));
  EXPECT_THAT(List("age < 9s"), ElementsAre("d", "c"));
  EXPECT_THAT(List("created <= 2023-11-14T22:13:11Z"), ElementsAre("b", "a"));
}

TEST_P(StoreConformanceTest, FiltersByTheRowAsItIsNow) {
  const OwnedChange first = NewSaga("a", epoch());
  Put(first);
  OwnedChange second = NextChange(first);
  second.record.set_status(v1::Saga::COMPENSATING);
  second.record.set_paused(true);
  second.record.mutable_cause()->set_kind(v1::Cause::CANCELLED);
  (*second.record.mutable_labels())["k"] = "v";
  Put(second);
  EXPECT_THAT(List("status = RUNNING OR paused = false"), IsEmpty());
  EXPECT_THAT(List("status = COMPENSATING AND paused = true AND cause = CANCELLED AND label.k = v"),
              ElementsAre("a"));
}

TEST_P(StoreConformanceTest, FiltersByLabelsWhichASagaMayLack) {
  std::vector<OwnedChange> sagas = SagasASecondApart(4, epoch(), kBase);
  const auto label = [&sagas](size_t i, const char* key, const char* value) {
    (*sagas[i].record.mutable_labels())[key] = value;
  };
  label(0, "customer", "c-17");
  label(1, "customer", "c-2");
  label(2, "customer", "");
  label(2, "a.b[0]", "dotted");
  label(3, "größe", "1");
  Put(sagas);
  EXPECT_THAT(List("label.customer = c-17"), ElementsAre("a"));
  EXPECT_THAT(List("label.customer != c-17"), ElementsAre("c", "b"));
  EXPECT_THAT(List("NOT label.customer = c-17"), ElementsAre("d", "c", "b"));
  EXPECT_THAT(List("NOT label.customer != c-17"), ElementsAre("d", "a"));
  EXPECT_THAT(List("label.customer > c-1"), ElementsAre("b", "a"));
  EXPECT_THAT(List("label.customer < c"), ElementsAre("c"));
  EXPECT_THAT(List("label.customer = \"\""), ElementsAre("c"));
  EXPECT_THAT(List("label.a.b[0] = dotted"), ElementsAre("c"));
  EXPECT_THAT(List("label.größe = 1"), ElementsAre("d"));
  EXPECT_THAT(List("label.größe >= 1 AND label.größe <= \"1\""), ElementsAre("d"));
  EXPECT_THAT(List("label.nobody != x OR NOT label.customer >= \"\""), ElementsAre("d"));
}

TEST_P(StoreConformanceTest, ComparesTextBytewiseAndNumbersAsNumbers) {
  std::vector<OwnedChange> sagas;
  for (const char* id : {"10", "9", "Z", "a", "ä"}) sagas.push_back(NewSaga(id, epoch()));
  sagas[0].record.set_definition_version(10);
  sagas[1].record.set_definition_version(9);
  (*sagas[0].record.mutable_labels())["n"] = "10";
  (*sagas[1].record.mutable_labels())["n"] = "9";
  Put(sagas);
  EXPECT_THAT(List("id < \"9\""), ElementsAre("10"));
  EXPECT_THAT(List("id < a"), ElementsAre("Z", "9", "10"));
  EXPECT_THAT(List("id > a"), ElementsAre("ä"));
  EXPECT_THAT(List("version > 9"), ElementsAre("10"));
  EXPECT_THAT(List("label.n > 10"), ElementsAre("9"));
}

TEST_P(StoreConformanceTest, TakesAFilterFromAnAttackerAsText) {
  const std::string attack = "' OR 1=1; DROP TABLE sagas; --";
  const std::string key = "x'||'$1?1{}%s\\";
  OwnedChange saga = NewSaga("a", epoch());
  saga.record.set_definition(attack);
  (*saga.record.mutable_labels())[key] = "v";
  Put({saga, NewSaga("b", epoch())});
  EXPECT_THAT(List("id = \"" + attack + "\""), IsEmpty());
  EXPECT_THAT(List("definition = \"" + attack + "\""), ElementsAre("a"));
  EXPECT_THAT(List("label." + key + " = v"), ElementsAre("a"));
  EXPECT_THAT(List("id = \"quote \\\" backslash \\\\ percent % underscore _\""), IsEmpty());
  EXPECT_THAT(List(""), SizeIs(2));
}

TEST_P(StoreConformanceTest, PagesThroughAFilteredList) {
  std::vector<OwnedChange> sagas = SagasASecondApart(20, epoch(), kBase);
  std::vector<std::string> expected;
  for (size_t i = 0; i < sagas.size(); ++i) {
    sagas[i].record.set_paused(i % 3 == 0);
    if (i % 3 == 0) expected.insert(expected.begin(), sagas[i].record.id());
  }
  Put(sagas);
  for (const int size : {1, 2, 6, 7, 8}) EXPECT_EQ(List("paused = true", size), expected) << size;
  EXPECT_THAT(List("paused = true AND id = none", 3), IsEmpty());
}

// A random filter over few values, so that each comparison chooses some sagas and leaves others.
std::string RandomFilter(std::mt19937& random, int depth) {
  const auto pick = [&random](std::initializer_list<const char*> from) {
    return std::string(*(from.begin() + random() % from.size()));
  };
  switch (depth == 0 ? 0 : random() % 4) {
    case 1:
      return "(" + RandomFilter(random, depth - 1) + " AND " + RandomFilter(random, depth - 1) +
             ")";
    case 2:
      return "(" + RandomFilter(random, depth - 1) + " OR " + RandomFilter(random, depth - 1) + ")";
    case 3: return "NOT " + RandomFilter(random, depth - 1);
    default: break;
  }
  const std::string any = " " + pick({"=", "!=", "<", "<=", ">", ">="}) + " ";
  const std::string equal = " " + pick({"=", "!="}) + " ";
  switch (random() % 7) {
    case 0: return "id" + any + pick({"a", "c", "f", "\"\""});
    case 1: return "version" + any + pick({"0", "1", "2"});
    case 2: return "status" + equal + pick({"RUNNING", "COMPLETED"});
    case 3: return "paused" + equal + pick({"true", "false"});
    case 4: return "cause" + equal + pick({"REJECTED", "DEADLINE"});
    case 5: return "created" + any + pick({"2023-11-14T22:13:22Z", "2023-11-14T22:13:24Z"});
    default: return "label." + pick({"k", "l"}) + any + pick({"x", "y", "\"\""});
  }
}

TEST_P(StoreConformanceTest, ChoosesWhatTheReferenceChoosesForRandomFilters) {
  std::mt19937 random(7);
  std::vector<OwnedChange> sagas = SagasASecondApart(8, epoch(), kBase);
  for (OwnedChange& saga : sagas) {
    saga.record.set_definition_version(static_cast<int>(random() % 3));
    saga.record.set_paused(random() % 2 == 0);
    saga.record.set_status(random() % 2 == 0 ? v1::Saga::RUNNING : v1::Saga::COMPLETED);
    if (random() % 2 == 0) saga.record.mutable_cause()->set_kind(v1::Cause::REJECTED);
    if (random() % 2 == 0) (*saga.record.mutable_labels())["k"] = random() % 2 == 0 ? "x" : "y";
    if (random() % 2 == 0) (*saga.record.mutable_labels())["l"] = random() % 2 == 0 ? "x" : "";
  }
  Put(sagas);
  for (int i = 0; i < 400; ++i) {
    const std::string text = RandomFilter(random, 4);
    const auto filter = ParseFilter(text, FilterSubject::kSagas, FromMicros(kBase));
    ASSERT_TRUE(filter.ok()) << filter.status();
    std::vector<std::string> expected;
    for (auto saga = sagas.rbegin(); saga != sagas.rend(); ++saga) {
      if (Matches(*filter, saga->record)) expected.push_back(saga->record.id());
    }
    ASSERT_EQ(List(text, 3), expected) << text;
  }
}

}  // namespace
}  // namespace skald
