// Whether the definitions of this program are those that sagas in the store were started with.
//
//   SKALD_ASSIGN_OR_RETURN(config.engine.definition_records, DefinitionRecords(registry));
//   SKALD_ASSIGN_OR_RETURN(const VersionFindings findings, CompareVersions(registry, *store));
//
// Threading: plain functions; CompareVersions blocks as long as the store does.
#ifndef SKALD_ENGINE_SERVER_VERSION_CHECK_H_
#define SKALD_ENGINE_SERVER_VERSION_CHECK_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sagas/registry.h"
#include "skald/v1/record.pb.h"
#include "storage/store.h"

namespace skald::server {

struct VersionFindings {
  // Sagas would go wrong: a definition is another one under its old number, or what is stored
  // cannot be read. Each names the definition, what changed and what to do:
  //   "place_order@3 has changed: step 'audit' was added after 'ship': make it version 4 ..."
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

// What is stored of each definition with its first saga, by label, such as "place_order@3".
// INVALID_ARGUMENT: a message type of one is not linked in.
absl::StatusOr<std::map<std::string, v1::DefinitionRecord>> DefinitionRecords(
    const Registry& registry);

// Each finding once. Definitions that only one side has are no finding. Errors: those of the store.
absl::StatusOr<VersionFindings> CompareVersions(const Registry& registry, Store& store);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_VERSION_CHECK_H_
