// What is promised about the definitions that are kept with their first sagas.
#include <gmock/gmock.h>

#include <list>

#include "base/thread.h"
#include "storage/conformance.h"

namespace skald {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Names(const std::vector<v1::DefinitionRecord>& definitions) {
  std::vector<std::string> names;
  for (const v1::DefinitionRecord& definition : definitions) {
    names.push_back(definition.name() + "@" + std::to_string(definition.version()));
  }
  return names;
}

TEST_P(StoreConformanceTest, ListsNoDefinitionBeforeOneWasStored) {
  Put(NewSaga("a", epoch()));
  EXPECT_THAT(Definitions(), IsEmpty());
}

TEST_P(StoreConformanceTest, KeepsADefinitionToTheByteAndFindsItAgainWhenItIsReopened) {
  OwnedChange a = NewSaga("a", epoch());
  v1::DefinitionRecord& definition = AddDefinition(a, "größe '\"\\", 7);
  definition.set_descriptors(std::string(1'500'000, '\xfe'));
  definition.add_message_types("shop.Order");
  definition.set_first_run_us(kBase);
  Put(a);
  EXPECT_EQ(DumpAll(Definitions()), std::vector{Dump(definition)});
  Reopen();
  EXPECT_EQ(DumpAll(Definitions()), std::vector{Dump(definition)});
}

TEST_P(StoreConformanceTest, ListsDefinitionsByNameAndThenByVersionAsANumber) {
  std::vector<OwnedChange> batch;
  const std::vector<std::pair<std::string, int>> definitions = {{"b", 10}, {"b", 9},   {"B", 1},
                                                                {"a", 2},  {"b/a", 1}, {"a", 1}};
  for (const auto& [name, version] : definitions) {
    batch.push_back(NewSaga("saga-" + std::to_string(batch.size()), epoch()));
    AddDefinition(batch.back(), name, version);
  }
  Put(batch);
  EXPECT_THAT(Names(Definitions()), ElementsAre("B@1", "a@1", "a@2", "b@9", "b@10", "b/a@1"));
}

TEST_P(StoreConformanceTest, KeepsTheFirstDefinitionOfANameAndVersion) {
  OwnedChange a = NewSaga("a", epoch());
  AddDefinition(a, "pay", 1).set_outline("first");
  OwnedChange b = NewSaga("b", epoch());
  AddDefinition(b, "pay", 1).set_outline("second");
  Put(a);
  Put(b);
  EXPECT_TRUE(Get("b"));
  EXPECT_EQ(DumpAll(Definitions()), std::vector{Dump(*a.definition)});
}

TEST_P(StoreConformanceTest, KeepsOneOfTwoDefinitionsOfANameAndVersionInABatch) {
  OwnedChange a = NewSaga("a", epoch());
  AddDefinition(a, "pay", 1);
  OwnedChange b = NewSaga("b", epoch());
  AddDefinition(b, "pay", 1);
  Put({a, b});
  EXPECT_EQ(DumpAll(Definitions()), std::vector{Dump(*a.definition)});
}

TEST_P(StoreConformanceTest, KeepsNoDefinitionOfAChangeThatIsNotStored) {
  Put({NewSaga("a", epoch()), NewSagaWithKey("holder", epoch(), "k", KeyClaim::kTake)});
  OwnedChange exists = NewSaga("a", epoch());
  AddDefinition(exists, "exists", 1);
  OwnedChange conflict = NextChange(NextChange(NewSaga("b", epoch())));
  AddDefinition(conflict, "conflict", 1);
  OwnedChange stale = NewSaga("c", epoch() + 1);
  AddDefinition(stale, "stale", 1);
  OwnedChange taken = NewSagaWithKey("d", epoch(), "k", KeyClaim::kTake);
  AddDefinition(taken, "taken", 1);
  OwnedChange good = NewSaga("e", epoch());
  AddDefinition(good, "good", 1);
  EXPECT_THAT(
      Commit({exists, conflict, stale, taken, good}),
      ElementsAre(ChangeResult::kAlreadyExists, ChangeResult::kConflict, ChangeResult::kStaleEpoch,
                  ChangeResult::kKeyTaken, ChangeResult::kStored));
  EXPECT_THAT(Names(Definitions()), ElementsAre("good@1"));
  EXPECT_THAT(Commit({exists, conflict, stale}),
              ElementsAre(ChangeResult::kAlreadyExists, ChangeResult::kConflict,
                          ChangeResult::kStaleEpoch));
  EXPECT_THAT(Names(Definitions()), ElementsAre("good@1"));
}

TEST_P(StoreConformanceTest, KeepsADefinitionThatComesWithALaterRevisionOrAClaim) {
  const OwnedChange a = NewSagaWithKey("a", epoch(), "k", KeyClaim::kNone);
  Put(a);
  OwnedChange next = NextChange(a, KeyClaim::kTake);
  AddDefinition(next, "pay", 1);
  Put(next);
  EXPECT_THAT(Names(Definitions()), ElementsAre("pay@1"));
  EXPECT_EQ(Key("k"), "a, ");
}

TEST_P(StoreConformanceTest, KeepsOneOfEachDefinitionThatManyNodesBringAtOnce) {
  constexpr int kDefinitions = 12;
  std::list<Thread> threads;
  for (int node = 0; node < kShards; ++node) {
    const auto opened = fixture().OpenBeside(store());
    ASSERT_TRUE(opened.ok()) << opened.status();
    threads.emplace_back("node", [this, node, store = *opened] {
      std::vector<OwnedChange> batch;
      std::vector<Change> borrowed;
      for (int i = 0; i < kDefinitions; ++i) {
        const std::string number = std::to_string(i);
        batch.push_back(NewSaga(number + "-" + std::to_string(node), epoch(node), node));
        const int other_way = node % 2 == 0 ? i : kDefinitions - 1 - i;
        AddDefinition(batch.back(), "definition", other_way);
      }
      for (const OwnedChange& change : batch) borrowed.push_back(change.Borrow());
      const auto results = store->Commit(borrowed);
      ASSERT_TRUE(results.ok()) << results.status();
      EXPECT_THAT(*results, testing::Each(ChangeResult::kStored));
    });
  }
  threads.clear();
  EXPECT_THAT(Definitions(), testing::SizeIs(kDefinitions));
}

}  // namespace
}  // namespace skald
