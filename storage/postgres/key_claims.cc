#include "storage/postgres/key_claims.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "base/status.h"
#include "storage/exclusive_key.h"
#include "storage/postgres/binary_array.h"

namespace skald::postgres {
namespace {

using Element = BinaryArray::Element;
using Lines = std::map<std::string, KeyLine>;

// How many claims there are of each key.
std::map<std::string, int> CountClaims(std::span<const Change> changes) {
  std::map<std::string, int> claims;
  for (const Change& change : changes) {
    if (ClaimOf(change) != KeyClaim::kNone) ++claims[change.record->exclusive_key()];
  }
  return claims;
}

// The keys as they are, with so many of those who wait longest that one is left when every claim
// has taken one away: no more are ever looked at, and there may be very many.
absl::StatusOr<Lines> ReadLines(Transaction& transaction, std::span<const Change> changes) {
  BinaryArray key(Element::kText), waiters(Element::kInt8);
  for (const auto& [name, claims] : CountClaims(changes)) {
    key.Add(name);
    waiters.AddNumber(claims + 1);
  }
  Parameters parameters;
  parameters.arrays = {key.Take(), waiters.Take()};
  SKALD_ASSIGN_OR_RETURN(const Rows rows, transaction.Run(kReadKeys, parameters));
  Lines lines;
  for (int row = 0; row < rows.size(); ++row) {
    KeyLine& line = lines[std::string(rows.Text(row, 0))];
    line.holder = rows.Text(row, 1);
    const std::string_view waiter = rows.Text(row, 3);
    if (!waiter.empty()) line.waiters.emplace(rows.Number(row, 2), waiter);
  }
  return lines;
}

// Rows of key_waiters.
struct WaiterArrays {
  BinaryArray key{Element::kText}, created_us{Element::kInt8}, saga_id{Element::kText};

  void Add(const v1::SagaRecord& saga) {
    key.Add(saga.exclusive_key());
    created_us.AddNumber(saga.created_us());
    saga_id.Add(saga.id());
  }
  void Take(Parameters& parameters) {
    for (BinaryArray* array : {&key, &created_us, &saga_id}) {
      parameters.arrays.push_back(array->Take());
    }
  }
};

absl::Status WriteLines(Transaction& transaction, const Lines& lines, WaiterArrays come,
                        WaiterArrays gone) {
  BinaryArray held(Element::kText), holder(Element::kText), dropped(Element::kText);
  for (const auto& [key, line] : lines) {
    if (line.empty()) {
      dropped.Add(key);
    } else {
      held.Add(key);
      holder.Add(line.holder);
    }
  }
  Parameters parameters;
  parameters.arrays = {held.Take(), holder.Take(), dropped.Take()};
  come.Take(parameters);
  gone.Take(parameters);
  return transaction.Run(kWriteKeys, parameters).status();
}

}  // namespace

bool HaveClaims(std::span<const Change> changes) {
  return std::any_of(changes.begin(), changes.end(),
                     [](const Change& change) { return ClaimOf(change) != KeyClaim::kNone; });
}

absl::Status LockKeys(Transaction& transaction, std::span<const Change> changes) {
  BinaryArray keys(Element::kText);
  for (const auto& [key, claims] : CountClaims(changes)) keys.Add(key);
  Parameters parameters;
  parameters.arrays.push_back(keys.Take());
  return transaction.Run(kLockKeys, parameters).status();
}

absl::Status ClaimKeys(Transaction& transaction, std::span<const Change> changes,
                       std::vector<ChangeResult>& results) {
  SKALD_ASSIGN_OR_RETURN(Lines lines, ReadLines(transaction, changes));
  WaiterArrays come, gone;
  for (const size_t i : ClaimOrder(changes)) {
    const v1::SagaRecord& saga = *changes[i].record;
    const KeyClaim claim = ClaimOf(changes[i]);
    if (claim == KeyClaim::kNone || results[i] != ChangeResult::kStored) continue;
    KeyLine& line = lines[saga.exclusive_key()];
    if (claim == KeyClaim::kTake && !line.MayTake(saga)) {
      results[i] = ChangeResult::kKeyTaken;
      continue;
    }
    line.Apply(claim, saga);
    if (claim != KeyClaim::kWait) {
      gone.Add(saga);
    } else if (line.holder != saga.id()) {
      come.Add(saga);
    }
  }
  return WriteLines(transaction, lines, std::move(come), std::move(gone));
}

}  // namespace skald::postgres
