#include "storage/postgres/encoding.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/delimited_message_util.h>

#include "base/status.h"

namespace skald::postgres {
std::string EncodeWithoutSteps(const v1::SagaRecord& saga) {
  if (saga.steps_size() == 0) return saga.SerializeAsString();
  v1::SagaRecord copy = saga;
  copy.clear_steps();
  return copy.SerializeAsString();
}

std::string EncodeHistory(std::span<const v1::HistoryEntry> entries) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  for (const v1::HistoryEntry& entry : entries) {
    google::protobuf::util::SerializeDelimitedToZeroCopyStream(entry, &stream);
  }
  return bytes;
}

absl::StatusOr<std::vector<v1::HistoryEntry>> DecodeHistory(const std::string& bytes) {
  google::protobuf::io::ArrayInputStream stream(bytes.data(), static_cast<int>(bytes.size()));
  std::vector<v1::HistoryEntry> entries;
  while (true) {
    v1::HistoryEntry entry;
    bool clean_end = false;
    if (!google::protobuf::util::ParseDelimitedFromZeroCopyStream(&entry, &stream, &clean_end)) {
      if (clean_end) return entries;
      return Error(StatusCode::kDataLoss, "entries of history do not parse after {}",
                   entries.empty() ? 0 : entries.back().number());
    }
    entries.push_back(std::move(entry));
  }
}

}  // namespace skald::postgres
