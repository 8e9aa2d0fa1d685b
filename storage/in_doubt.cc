#include "storage/in_doubt.h"

#include <google/protobuf/util/message_differencer.h>

#include <map>
#include <string>

namespace skald {
namespace {

bool IsOurs(const v1::SagaRecord& stored, const v1::SagaRecord& ours) {
  // The cheap part first: the whole is compared only where it decides something.
  if (stored.revision() != ours.revision() || stored.epoch() != ours.epoch()) return false;
  v1::SagaRecord without_steps = ours;
  without_steps.clear_steps();
  v1::SagaRecord row = stored;
  row.clear_steps();
  return google::protobuf::util::MessageDifferencer::Equals(row, without_steps);
}

InDoubtResult ResultFor(const v1::SagaRecord* stored, const v1::SagaRecord& ours) {
  if (stored == nullptr) {
    return ours.revision() == 1 ? InDoubtResult::kNotStored : InDoubtResult::kOvertaken;
  }
  if (IsOurs(*stored, ours)) return InDoubtResult::kStored;
  if (ours.revision() == 1) {
    // Epochs of different shards say nothing about each other: there the id was simply taken, and
    // committing again will answer so.
    const bool later_owner = stored->shard() == ours.shard() && stored->epoch() > ours.epoch();
    return later_owner ? InDoubtResult::kOvertaken : InDoubtResult::kNotStored;
  }
  return stored->revision() == ours.revision() - 1 ? InDoubtResult::kNotStored
                                                   : InDoubtResult::kOvertaken;
}

}  // namespace

absl::StatusOr<std::vector<InDoubtResult>> ResolveInDoubt(Store& store,
                                                          std::span<const Change> changes) {
  std::vector<std::string> ids;
  ids.reserve(changes.size());
  for (const Change& change : changes) ids.push_back(change.record->id());
  absl::StatusOr<std::vector<v1::SagaRecord>> loaded = store.Load(ids);
  if (!loaded.ok()) return loaded.status();

  std::map<std::string, const v1::SagaRecord*> rows;
  for (const v1::SagaRecord& row : *loaded) rows[row.id()] = &row;
  std::vector<InDoubtResult> results;
  results.reserve(changes.size());
  for (const Change& change : changes) {
    const auto row = rows.find(change.record->id());
    results.push_back(ResultFor(row == rows.end() ? nullptr : row->second, *change.record));
  }
  return results;
}

}  // namespace skald
