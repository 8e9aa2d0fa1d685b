// Finds the steps of a record by path. What a saga works on lies at the end and is searched; the
// rest of one that has thousands (a for-each) is indexed when it is first asked for.
//
// Confined. The record must stay where it is, and its steps may only be appended to.
#ifndef SKALD_ENGINE_CORE_STEP_INDEX_H_
#define SKALD_ENGINE_CORE_STEP_INDEX_H_

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "skald/v1/record.pb.h"

namespace skald::core {

class StepIndex final {
 public:
  explicit StepIndex(const v1::SagaRecord& record) : record_(record) {}

  // Place in record.steps(), or -1.
  int Find(std::string_view path) const {
    const int size = record_.steps_size();
    const int searched = std::max(0, size - kSearched);
    for (int i = size - 1; i >= searched; --i) {
      if (record_.steps(i).path() == path) return i;
    }
    if (searched == 0) return -1;
    for (; indexed_ < searched; ++indexed_) {
      by_path_.emplace(record_.steps(indexed_).path(), indexed_);
    }
    const auto found = by_path_.find(path);
    return found == by_path_.end() ? -1 : found->second;
  }

 private:
  static constexpr int kSearched = 200;

  const v1::SagaRecord& record_;
  mutable std::unordered_map<std::string_view, int> by_path_;
  mutable int indexed_ = 0;
};

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_STEP_INDEX_H_
