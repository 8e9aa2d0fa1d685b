#include "engine/server/definition_queries.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/status.h"
#include "engine/server/definition_info.h"
#include "engine/server/errors.h"
#include "engine/server/input.h"
#include "engine/server/requests.h"
#include "engine/server/saga_picture.h"
#include "sagas/definition_diff.h"
#include "sagas/fingerprint.h"
#include "sagas/picture_saga.h"

namespace skald::server {
namespace {

// The newest version of `name` that anybody knows, if `version` is 0.
const v1::DefinitionRecord* FindRecord(const std::vector<v1::DefinitionRecord>& records,
                                       const std::string& name, int version) {
  const v1::DefinitionRecord* found = nullptr;
  for (const v1::DefinitionRecord& record : records) {
    if (record.name() != name || (version != 0 && record.version() != version)) continue;
    if (found == nullptr || record.version() > found->version()) found = &record;
  }
  return found;
}

absl::StatusOr<std::string> OutlineOf(Store& store, const Registry& registry,
                                      const std::string& name, int version) {
  const absl::StatusOr<const Definition*> definition = FindDefinition(registry, name, version);
  if (definition.ok()) return CanonicalText(**definition);
  SKALD_ASSIGN_OR_RETURN(const auto records, store.ListDefinitions());
  const v1::DefinitionRecord* record = FindRecord(records, name, version);
  if (record == nullptr) return definition.status();
  return record->outline();
}

}  // namespace

v1::ListDefinitionsResponse ListDefinitions(const Registry& registry) {
  v1::ListDefinitionsResponse response;
  for (const Definition* definition : registry.All()) {
    *response.add_definitions() = ToDefinitionInfo(*definition, Detail::kRow);
  }
  return response;
}

absl::StatusOr<v1::ListDefinitionsResponse> ListAllDefinitions(Store& store,
                                                               const Registry& registry) {
  SKALD_ASSIGN_OR_RETURN(const auto records, store.ListDefinitions());
  v1::ListDefinitionsResponse response = ListDefinitions(registry);
  for (const v1::DefinitionRecord& record : records) {
    if (registry.Find(record.name(), record.version()) != nullptr) continue;
    *response.add_definitions() = ToDefinitionInfo(record, Detail::kRow);
  }
  std::sort(response.mutable_definitions()->begin(), response.mutable_definitions()->end(),
            [](const v1::DefinitionInfo& a, const v1::DefinitionInfo& b) {
              return std::pair(a.name(), a.version()) < std::pair(b.name(), b.version());
            });
  return response;
}

absl::StatusOr<v1::DefinitionInfo> GetStoredDefinition(Store& store, const Registry& registry,
                                                       const std::string& name, int version) {
  SKALD_ASSIGN_OR_RETURN(const auto records, store.ListDefinitions());
  const v1::DefinitionRecord* record = FindRecord(records, name, version);
  if (record == nullptr) return FindDefinition(registry, name, version).status();
  return ToDefinitionInfo(*record, Detail::kWhole);
}

absl::StatusOr<v1::DiffDefinitionsResponse> DiffDefinitions(
    Store& store, const Registry& registry, const v1::DiffDefinitionsRequest& request) {
  if (request.from_version() <= 0) {
    return BadField("from_version", "INVALID_VERSION", "expected a version, from 1");
  }
  const std::string& to_name = request.to_name().empty() ? request.name() : request.to_name();
  v1::DiffDefinitionsResponse response;
  SKALD_ASSIGN_OR_RETURN(*response.mutable_from_outline(),
                         OutlineOf(store, registry, request.name(), request.from_version()));
  SKALD_ASSIGN_OR_RETURN(*response.mutable_to_outline(),
                         OutlineOf(store, registry, to_name, request.to_version()));
  for (std::string& change : DescribeChanges(response.from_outline(), response.to_outline())) {
    response.add_changes(std::move(change));
  }
  return response;
}

absl::StatusOr<v1::CountRunningResponse> CountRunning(Store& store, const Registry& registry) {
  SKALD_ASSIGN_OR_RETURN(const auto counts, store.CountSagas());
  v1::CountRunningResponse response;
  for (const DefinitionCount& each : counts) {
    if (HasEnded(each.status)) continue;
    v1::RunningCount& count = *response.add_counts();
    count.set_definition(each.definition);
    count.set_version(each.version);
    count.set_status(each.status);
    count.set_sagas(each.sagas);
    count.set_missing(registry.Find(each.definition, each.version) == nullptr);
  }
  std::sort(response.mutable_counts()->begin(), response.mutable_counts()->end(),
            [](const v1::RunningCount& a, const v1::RunningCount& b) {
              return std::tuple(a.definition(), a.version(), a.status()) <
                     std::tuple(b.definition(), b.version(), b.status());
            });
  return response;
}

absl::StatusOr<v1::DrawSagaResponse> DrawSaga(Store& store, const Registry& registry,
                                              const v1::DrawSagaRequest& request) {
  SKALD_ASSIGN_OR_RETURN(const v1::SagaRecord record, LoadSaga(store, request.saga_id()));
  SKALD_ASSIGN_OR_RETURN(const Definition* definition, DefinitionOf(registry, record));
  const SagaMarks marks = MarksOf(record, *definition);
  v1::DrawSagaResponse response;
  response.set_picture(request.format() == v1::DrawSagaRequest::GRAPHVIZ
                           ? ToGraphviz(*definition, marks)
                           : ToMermaid(*definition, marks));
  return response;
}

}  // namespace skald::server
