// Where sagas live. A store keeps changes, never features: it knows nothing of what a saga means.
//
// Threading: locked. Every method may be called from any thread and blocks until it is done; the
// engine calls Commit from one thread at a time and the rest from a pool.
//
// Errors, everywhere:
//   UNAVAILABLE         nothing was done; try again later (the database is away, busy, read-only)
//   RESOURCE_EXHAUSTED  nothing was done; the disk is full. Try again when it is not.
//   FAILED_PRECONDITION nothing was done, and trying again will not help (a schema that is too new)
//   DATA_LOSS           a row does not parse
//   INTERNAL            the database said something that we do not understand; nothing was done
// and only from Commit:
//   UNKNOWN             nobody knows whether it was done: read the sagas and compare
//                       (storage/in_doubt.h does)
#ifndef SKALD_STORAGE_STORE_H_
#define SKALD_STORAGE_STORE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "skald/v1/record.pb.h"
#include "storage/filter.h"

namespace skald {

// What a change asks about record->exclusive_key(), in the transaction that stores it. A change
// that is not stored leaves no claim behind. In one batch releases count first; of two takes of one
// key the first in order wins. Without a key a claim means nothing.
enum class KeyClaim {
  kNone,
  // The saga becomes the key's holder. It does if it is that already, or if nobody is and no other
  // saga has waited longer; it waits no more then. Else kKeyTaken.
  //
  // The order of waiting is that of (created_us, id), of the sagas.
  kTake,
  // The saga is put among those that wait, unless it holds the key or waits already.
  kWait,
  // Its holding or waiting ends, whichever there is.
  kRelease,
};

// One transition of one saga, ready to be stored. Borrows: what it points to must outlive Commit.
struct Change {
  // The saga as it is to be. revision() == 1: it is new; else the row must have revision() - 1.
  // record->steps() is not stored with the row: only `changed_steps` are, each in a row of its own.
  const v1::SagaRecord* record = nullptr;
  // Indices into record->steps().
  std::span<const int> changed_steps;
  std::span<const v1::HistoryEntry> history;
  // Opened or closed: inserted, or replaced where (saga id, number) exists.
  const v1::DeadLetterRecord* dead_letter = nullptr;
  const v1::AuditRecord* audit = nullptr;
  KeyClaim claim = KeyClaim::kNone;
  // Stored if there is none of its name and version yet, else ignored.
  const v1::DefinitionRecord* definition = nullptr;
};

enum class ChangeResult {
  kStored,
  // revision() == 1 and the id is taken. The rest of the batch was stored.
  kAlreadyExists,
  // The row has another revision, or there is none. The rest of the batch was stored.
  kConflict,
  // The shard's epoch in the store is not record->epoch(). The rest of the batch was stored.
  kStaleEpoch,
  // Another saga holds the exclusive key, or has waited for it longer. The rest of the batch was
  // stored; this change left no trace. The answers above go before this one.
  kKeyTaken,
};

// Who has to do with an exclusive key: ids of sagas, empty where there is none.
struct KeyHolder {
  std::string holder;
  // Who has waited longest.
  std::string next;
};

// Where a saga stands among those that are due. A default one is before all others.
struct DuePlace {
  int64_t due_us = 0;
  std::string id;
};

// What a program opens a store for.
enum class StoreAccess {
  // To run sagas. What is missing of the schema is made.
  kWrite,
  // To look, also beside a node that writes. TakeShards and Commit answer FAILED_PRECONDITION, and
  // so does opening if the schema is not the one that this program knows.
  kRead,
};

struct DefinitionCount {
  std::string definition;
  int version = 0;
  v1::Saga::Status status = v1::Saga::STATUS_UNSPECIFIED;
  int64_t sagas = 0;
};

// A page of a list, newest first. `after` is the `next` of the page before, empty for the first.
struct PageRequest {
  int size = 50;
  std::string after;
};

template <typename T>
struct Page {
  std::vector<T> items;
  // Empty: there is nothing more.
  std::string next;
};

class Store {
 public:
  virtual ~Store() = default;

  // Becomes the owner of shards 0..shards-1: raises the epoch of each and returns the epochs by
  // shard. Earlier owners' commits answer kStaleEpoch from then on. `owner` is for people to read.
  // FAILED_PRECONDITION: the store was made with another number of shards.
  virtual absl::StatusOr<std::vector<int64_t>> TakeShards(int shards, std::string_view owner) = 0;

  // Stores all changes in one transaction, durably; one result for each, in order. A change that is
  // not stored leaves no trace; the others are stored all the same. At most one change per saga.
  virtual absl::StatusOr<std::vector<ChangeResult>> Commit(std::span<const Change> changes) = 0;

  // The sagas with these ids that exist, with their steps, in no particular order.
  virtual absl::StatusOr<std::vector<v1::SagaRecord>> Load(std::span<const std::string> ids) = 0;

  // Sagas of `shard` that the engine must drive now, with their steps: RUNNING or COMPENSATING, and
  // not asleep. By rising id, those after `after_id` only, at most `limit`.
  virtual absl::StatusOr<std::vector<v1::SagaRecord>> LoadUnfinished(int shard,
                                                                     std::string_view after_id,
                                                                     int limit) = 0;

  // Sagas of `shards` that sleep and are due, with their steps: RUNNING or COMPENSATING, asleep,
  // 0 < due_us <= `before_us`. By rising (due_us, id), those after `after` only, at most `limit`.
  // One look at an index, however many sleep: meant to be called once a second for all shards.
  virtual absl::StatusOr<std::vector<v1::SagaRecord>> LoadDue(std::span<const int> shards,
                                                              const DuePlace& after,
                                                              int64_t before_us, int limit) = 0;

  // How many sagas are RUNNING, COMPENSATING or DEAD_LETTERED, by rising (definition, version,
  // status), without those of which there is none. What has ended costs nothing here.
  virtual absl::StatusOr<std::vector<DefinitionCount>> CountSagas() = 0;

  // As the last commit left it. A key that nobody has asked for is held by nobody.
  virtual absl::StatusOr<KeyHolder> FindKey(std::string_view key) = 0;

  // By falling (created, id). Without their steps.
  virtual absl::StatusOr<Page<v1::SagaRecord>> ListSagas(const Filter& filter,
                                                         const PageRequest& page) = 0;

  // Of one saga, rising, with number > `after`, at most `limit`.
  virtual absl::StatusOr<std::vector<v1::HistoryEntry>> ListHistory(std::string_view saga_id,
                                                                    int64_t after, int limit) = 0;

  // By falling (created, saga id, number).
  virtual absl::StatusOr<Page<v1::DeadLetterRecord>> ListDeadLetters(const Filter& filter,
                                                                     const PageRequest& page) = 0;

  // `number` 0: the open one, or else the newest. NOT_FOUND.
  virtual absl::StatusOr<v1::DeadLetterRecord> GetDeadLetter(std::string_view saga_id,
                                                             int number) = 0;

  // By falling (time, saga id, revision). Empty `saga_id`: of all.
  virtual absl::StatusOr<Page<v1::AuditRecord>> ListAudit(std::string_view saga_id,
                                                          const PageRequest& page) = 0;

  // All, by name, then by version.
  virtual absl::StatusOr<std::vector<v1::DefinitionRecord>> ListDefinitions() = 0;

  // OK: the store answers and takes writes, as far as can be told without writing.
  virtual absl::Status Check() = 0;
};

}  // namespace skald

#endif  // SKALD_STORAGE_STORE_H_
