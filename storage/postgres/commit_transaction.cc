#include "storage/postgres/commit_transaction.h"

#include <algorithm>

#include "base/status.h"
#include "storage/postgres/binary_array.h"
#include "storage/postgres/commit_arrays.h"
#include "storage/postgres/key_claims.h"

namespace skald::postgres {
namespace {

// An id can be taken by another shard's owner between the look and the insert, once. Beyond a few
// the database is busier than it should be.
constexpr int kTries = 5;

// Says which changes would be stored if it were not for their keys, and sees to it that this stays
// so, but for ids of new sagas.
absl::StatusOr<std::vector<ChangeResult>> Foresee(Transaction& transaction,
                                                  std::span<const Change> changes,
                                                  const std::vector<size_t>& order) {
  std::vector<ChangeResult> results(changes.size(), ChangeResult::kStored);
  SKALD_ASSIGN_OR_RETURN(const Rows refused,
                         transaction.Run(kForesee, ForeseeParameters(changes, order)));
  SetRefused(refused, order, results);
  return results;
}

// Sets the results of the changes that have kStored so far.
absl::Status StoreRest(Transaction& transaction, std::span<const Change> changes,
                       const std::vector<size_t>& order, std::vector<ChangeResult>& results) {
  std::vector<size_t> rest;
  for (const size_t i : order) {
    if (results[i] == ChangeResult::kStored) rest.push_back(i);
  }
  if (rest.empty()) return absl::OkStatus();
  SKALD_ASSIGN_OR_RETURN(const Rows refused,
                         transaction.Run(kCommit, CommitParameters(changes, rest)));
  SetRefused(refused, rest, results);
  return absl::OkStatus();
}

// Of the changes that were stored.
absl::Status PutDefinitions(Transaction& transaction, std::span<const Change> changes,
                            const std::vector<ChangeResult>& results) {
  BinaryArray name(BinaryArray::Element::kText), version(BinaryArray::Element::kInt4),
      record(BinaryArray::Element::kBytes);
  for (size_t i = 0; i < changes.size(); ++i) {
    const v1::DefinitionRecord* const definition = changes[i].definition;
    if (definition == nullptr || results[i] != ChangeResult::kStored) continue;
    name.Add(definition->name());
    version.AddNumber(definition->version());
    record.Add(definition->SerializeAsString());
  }
  Parameters parameters;
  parameters.arrays = {name.Take(), version.Take(), record.Take()};
  return transaction.Run(kPutDefinitions, parameters).status();
}

// Who gets a key depends on which of the others are stored: so first it is found out what would be,
// then who gets which key, then that is stored. ABORTED: it came otherwise.
absl::Status StoreWithClaims(Transaction& transaction, std::span<const Change> changes,
                             const std::vector<size_t>& order, std::vector<ChangeResult>& results) {
  SKALD_RETURN_IF_ERROR(LockKeys(transaction, changes));
  SKALD_ASSIGN_OR_RETURN(results, Foresee(transaction, changes, order));
  SKALD_RETURN_IF_ERROR(ClaimKeys(transaction, changes, results));
  const std::vector<ChangeResult> foreseen = results;
  SKALD_RETURN_IF_ERROR(StoreRest(transaction, changes, order, results));
  if (results == foreseen) return absl::OkStatus();
  return absl::AbortedError("the id of a new saga was taken meanwhile");
}

bool HaveDefinitions(std::span<const Change> changes) {
  return std::any_of(changes.begin(), changes.end(),
                     [](const Change& change) { return change.definition != nullptr; });
}

// ABORTED: as above.
absl::Status CommitOnce(Transaction& transaction, std::span<const Change> changes,
                        const std::vector<size_t>& order, std::vector<ChangeResult>& results) {
  results.assign(changes.size(), ChangeResult::kStored);
  SKALD_RETURN_IF_ERROR(HaveClaims(changes) ? StoreWithClaims(transaction, changes, order, results)
                                            : StoreRest(transaction, changes, order, results));
  if (!HaveDefinitions(changes)) return absl::OkStatus();
  return PutDefinitions(transaction, changes, results);
}

}  // namespace

bool NeedTransaction(std::span<const Change> changes) {
  return HaveClaims(changes) || HaveDefinitions(changes);
}

absl::StatusOr<std::vector<ChangeResult>> CommitInTransaction(Connection& connection,
                                                              std::span<const Change> changes,
                                                              const std::vector<size_t>& order) {
  std::vector<ChangeResult> results;
  for (int tries = 0; tries < kTries; ++tries) {
    const absl::Status status = connection.Transact(
        [&](Transaction& transaction) { return CommitOnce(transaction, changes, order, results); },
        Loss::kInDoubt);
    if (status.ok()) return results;
    if (!absl::IsAborted(status)) return status;
  }
  return Unavailable("other nodes took ids of new sagas {} times while this commit looked", kTries);
}

}  // namespace skald::postgres
