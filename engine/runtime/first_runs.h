// Definitions that are to be stored with the first saga that this process starts of each.
//
// Threading: confined.
#ifndef SKALD_ENGINE_RUNTIME_FIRST_RUNS_H_
#define SKALD_ENGINE_RUNTIME_FIRST_RUNS_H_

#include <map>
#include <string>

#include "skald/v1/record.pb.h"

namespace skald::runtime {

class FirstRuns final {
 public:
  // By label, such as "place_order@3".
  explicit FirstRuns(std::map<std::string, v1::DefinitionRecord> records);

  // What is to be stored with this revision of a saga; null: nothing. Stays valid until Stored is
  // called for a saga of the same definition.
  const v1::DefinitionRecord* RecordFor(const v1::SagaRecord& saga);

  // This revision was stored, with what RecordFor gave for it.
  void Stored(const v1::SagaRecord& saga);

 private:
  std::map<std::string, v1::DefinitionRecord> records_;
};

}  // namespace skald::runtime

#endif  // SKALD_ENGINE_RUNTIME_FIRST_RUNS_H_
