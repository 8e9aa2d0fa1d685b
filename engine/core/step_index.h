// Finds the steps of a record by path. A saga of a few steps is searched, one of thousands (a
// for-each) is indexed when it is first asked.
//
// Confined. The record must stay where it is, and its steps may only be appended to.
#ifndef SKALD_ENGINE_CORE_STEP_INDEX_H_
#define SKALD_ENGINE_CORE_STEP_INDEX_H_

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
    if (size <= kSearched) {
      for (int i = 0; i < size; ++i) {
        if (record_.steps(i).path() == path) return i;
      }
      return -1;
    }
    for (; indexed_ < size; ++indexed_) by_path_.emplace(record_.steps(indexed_).path(), indexed_);
    const auto found = by_path_.find(path);
    return found == by_path_.end() ? -1 : found->second;
  }

 private:
  static constexpr int kSearched = 12;

  const v1::SagaRecord& record_;
  mutable std::unordered_map<std::string_view, int> by_path_;
  mutable int indexed_ = 0;
};

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_STEP_INDEX_H_
