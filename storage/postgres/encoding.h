// What the columns hold that are neither text nor numbers.
//
// Threading: pure functions.
#ifndef SKALD_STORAGE_POSTGRES_ENCODING_H_
#define SKALD_STORAGE_POSTGRES_ENCODING_H_

#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "skald/v1/record.pb.h"

namespace skald::postgres {

// sagas.record: the steps have rows of their own.
std::string EncodeWithoutSteps(const v1::SagaRecord& saga);

// history.entries: each entry behind its length, as protobuf's delimited streams have it.
std::string EncodeHistory(std::span<const v1::HistoryEntry> entries);
// DATA_LOSS: the bytes do not parse.
absl::StatusOr<std::vector<v1::HistoryEntry>> DecodeHistory(const std::string& bytes);

}  // namespace skald::postgres

#endif  // SKALD_STORAGE_POSTGRES_ENCODING_H_
