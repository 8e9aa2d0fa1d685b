#include "storage/conformance.h"

#include <google/protobuf/text_format.h>

#include "base/clock.h"
#include "base/status.h"

namespace skald {

absl::StatusOr<Store*> StoreFixture::OpenBeside(Store& store) { return &store; }

absl::Status StoreFixture::CommitAndLoseAnswer(Store& store, std::span<const Change> changes,
                                               Fate fate) {
  if (fate == Fate::kStored) {
    const auto lost = store.Commit(changes);
    SKALD_RETURN_IF_ERROR(lost.status());
  }
  return absl::UnknownError("the answer was lost");
}

Change OwnedChange::Borrow() const {
  Change change;
  change.record = &record;
  change.changed_steps = changed_steps;
  change.history = history;
  change.dead_letter = dead_letter ? &*dead_letter : nullptr;
  change.audit = audit ? &*audit : nullptr;
  change.claim = claim;
  change.definition = definition ? &*definition : nullptr;
  return change;
}

OwnedChange NewSaga(const std::string& id, int64_t epoch, int shard) {
  OwnedChange change;
  v1::SagaRecord& record = change.record;
  record.set_id(id);
  record.set_shard(shard);
  record.set_epoch(epoch);
  record.set_revision(1);
  record.set_definition("place_order");
  record.set_definition_version(3);
  record.set_fingerprint("0123456789abcdef");
  record.set_status(v1::Saga::RUNNING);
  record.set_state("state of " + id);
  record.set_created_us(1'700'000'000'000'000);
  AddHistory(change);
  return change;
}

OwnedChange NextChange(const OwnedChange& last) {
  OwnedChange change;
  change.record = last.record;
  change.record.set_revision(last.record.revision() + 1);
  AddHistory(change);
  return change;
}

OwnedChange NewSagaWithKey(const std::string& id, int64_t epoch, const std::string& key,
                           KeyClaim claim, int64_t age_us) {
  OwnedChange change = NewSaga(id, epoch);
  change.record.set_exclusive_key(key);
  change.record.set_created_us(change.record.created_us() - age_us);
  change.claim = claim;
  return change;
}

OwnedChange NextChange(const OwnedChange& last, KeyClaim claim) {
  OwnedChange change = NextChange(last);
  change.claim = claim;
  return change;
}

v1::StepState& AddStep(OwnedChange& change, const std::string& path) {
  change.changed_steps.push_back(change.record.steps_size());
  v1::StepState& step = *change.record.add_steps();
  step.set_path(path);
  step.set_status(v1::Step::RUNNING);
  return step;
}

v1::HistoryEntry& AddHistory(OwnedChange& change) {
  const int64_t number = change.record.history_length() + 1;
  change.record.set_history_length(number);
  v1::HistoryEntry& entry = change.history.emplace_back();
  entry.set_number(number);
  entry.set_epoch(change.record.epoch());
  entry.set_message(fmt::format("entry {} of {}", number, change.record.id()));
  return entry;
}

v1::DeadLetterRecord& OpenDeadLetter(OwnedChange& change, int number, int64_t created_us) {
  change.record.set_dead_letters(number);
  v1::DeadLetterRecord& letter = change.dead_letter.emplace();
  letter.set_saga_id(change.record.id());
  letter.set_number(number);
  letter.set_definition(change.record.definition());
  letter.set_definition_version(change.record.definition_version());
  letter.set_step("reserve_stock");
  letter.mutable_cause()->set_kind(v1::Cause::EXHAUSTED);
  letter.set_created_us(created_us);
  return letter;
}

v1::AuditRecord& AddAudit(OwnedChange& change, int64_t at_us) {
  v1::AuditRecord& row = change.audit.emplace();
  row.set_saga_id(change.record.id());
  row.set_revision(change.record.revision());
  row.set_at_us(at_us);
  row.set_verb("cancel");
  row.set_actor("someone");
  return row;
}

v1::DefinitionRecord& AddDefinition(OwnedChange& change, const std::string& name, int version) {
  change.record.set_definition(name);
  change.record.set_definition_version(version);
  v1::DefinitionRecord& definition = change.definition.emplace();
  definition.set_name(name);
  definition.set_version(version);
  definition.set_fingerprint(change.record.fingerprint());
  definition.set_outline("outline of " + name);
  definition.set_descriptors(std::string("\0\xff", 2));
  return definition;
}

std::string Dump(const google::protobuf::Message& message) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string text;
  printer.PrintToString(message, &text);
  return text;
}

void StoreConformanceTest::SetUp() {
  fixture_ = GetParam().make();
  auto opened = fixture_->Open();
  ASSERT_TRUE(opened.ok()) << opened.status();
  store_ = *opened;
  TakeAll();
}

void StoreConformanceTest::TakeAll() {
  auto epochs = store().TakeShards(kShards, "conformance");
  ASSERT_TRUE(epochs.ok()) << epochs.status();
  ASSERT_EQ(epochs->size(), size_t{kShards});
  epochs_ = *std::move(epochs);
}

void StoreConformanceTest::Reopen() {
  fixture_->Close();
  auto opened = fixture_->Open();
  ASSERT_TRUE(opened.ok()) << opened.status();
  store_ = *opened;
}

ChangeResult StoreConformanceTest::Commit(const OwnedChange& change) {
  const Change borrowed = change.Borrow();
  const auto results = store().Commit({&borrowed, 1});
  EXPECT_TRUE(results.ok()) << results.status();
  EXPECT_EQ(results.ok() ? results->size() : 1, size_t{1});
  return results.ok() && !results->empty() ? results->front() : ChangeResult::kConflict;
}

std::vector<ChangeResult> StoreConformanceTest::Commit(const std::vector<OwnedChange>& changes) {
  std::vector<Change> borrowed;
  for (const OwnedChange& change : changes) borrowed.push_back(change.Borrow());
  const auto results = store().Commit(borrowed);
  EXPECT_TRUE(results.ok()) << results.status();
  return results.ok() ? *results : std::vector<ChangeResult>();
}

void StoreConformanceTest::Put(const OwnedChange& change) {
  ASSERT_EQ(Commit(change), ChangeResult::kStored) << change.record.id();
}

void StoreConformanceTest::Put(const std::vector<OwnedChange>& changes) {
  ASSERT_EQ(Commit(changes), std::vector<ChangeResult>(changes.size(), ChangeResult::kStored));
}

std::optional<v1::SagaRecord> StoreConformanceTest::Get(const std::string& id) {
  const auto found = store().Load({&id, 1});
  EXPECT_TRUE(found.ok()) << found.status();
  if (!found.ok() || found->empty()) return std::nullopt;
  EXPECT_EQ(found->size(), size_t{1});
  EXPECT_EQ(found->front().id(), id);
  return found->front();
}

v1::SagaRecord StoreConformanceTest::Stored(const std::string& id) {
  std::optional<v1::SagaRecord> found = Get(id);
  EXPECT_TRUE(found) << "there is no saga " << id;
  return found ? *std::move(found) : v1::SagaRecord();
}

std::vector<v1::HistoryEntry> StoreConformanceTest::History(const std::string& id, int64_t after,
                                                            int limit) {
  auto entries = store().ListHistory(id, after, limit);
  EXPECT_TRUE(entries.ok()) << entries.status();
  return entries.ok() ? *std::move(entries) : std::vector<v1::HistoryEntry>();
}

std::vector<v1::DefinitionRecord> StoreConformanceTest::Definitions() {
  auto found = store().ListDefinitions();
  EXPECT_TRUE(found.ok()) << found.status();
  return found.ok() ? *std::move(found) : std::vector<v1::DefinitionRecord>();
}

std::string StoreConformanceTest::Key(const std::string& key) {
  const auto found = store().FindKey(key);
  EXPECT_TRUE(found.ok()) << found.status();
  return found.ok() ? found->holder + ", " + found->next : "";
}

namespace {

// Reads all pages of a list, and sees to it that they are pages.
template <typename Fetch, typename Name>
std::vector<std::string> ReadPages(int size, const Fetch& fetch, const Name& name) {
  std::vector<std::string> names;
  PageRequest request;
  request.size = size;
  do {
    const auto page = fetch(request);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return names;
    EXPECT_LE(page->items.size(), static_cast<size_t>(size));
    if (!page->next.empty()) {
      EXPECT_EQ(page->items.size(), static_cast<size_t>(size)) << "a short page in the middle";
      EXPECT_NE(page->next, request.after) << "the list does not advance";
      if (page->next == request.after) return names;
    }
    for (const auto& item : page->items) names.push_back(name(item));
    request.after = page->next;
  } while (!request.after.empty());
  return names;
}

Filter Parse(const std::string& text, FilterSubject subject) {
  const auto filter = ParseFilter(text, subject, FromMicros(1'700'000'000'000'000));
  EXPECT_TRUE(filter.ok()) << filter.status();
  return filter.ok() ? *filter : Filter();
}

}  // namespace

std::vector<std::string> StoreConformanceTest::List(const std::string& filter, int size) {
  const Filter parsed = Parse(filter, FilterSubject::kSagas);
  return ReadPages(
      size, [&](const PageRequest& request) { return store().ListSagas(parsed, request); },
      [](const v1::SagaRecord& saga) { return saga.id(); });
}

std::vector<std::string> StoreConformanceTest::ListDeadLetters(const std::string& filter,
                                                               int size) {
  const Filter parsed = Parse(filter, FilterSubject::kDeadLetters);
  return ReadPages(
      size, [&](const PageRequest& request) { return store().ListDeadLetters(parsed, request); },
      [](const v1::DeadLetterRecord& letter) {
        return fmt::format("{}/{}", letter.saga_id(), letter.number());
      });
}

std::vector<std::string> StoreConformanceTest::ListAudit(const std::string& saga_id, int size) {
  return ReadPages(
      size, [&](const PageRequest& request) { return store().ListAudit(saga_id, request); },
      [](const v1::AuditRecord& row) {
        return fmt::format("{}/{}", row.saga_id(), row.revision());
      });
}

}  // namespace skald
