// What operators ask about definitions: those that this server has, those that only the store
// remembers, and the sagas that run them. Reads the store; blocks as long as that does.
//
// Threading: plain functions.
#ifndef SKALD_ENGINE_SERVER_DEFINITION_QUERIES_H_
#define SKALD_ENGINE_SERVER_DEFINITION_QUERIES_H_

#include "absl/status/statusor.h"
#include "sagas/registry.h"
#include "skald/v1/admin.pb.h"
#include "storage/store.h"

namespace skald::server {

// The registry's, as rows.
v1::ListDefinitionsResponse ListDefinitions(const Registry& registry);

// Also those that only the store remembers: by name, then version.
absl::StatusOr<v1::ListDefinitionsResponse> ListAllDefinitions(Store& store,
                                                               const Registry& registry);

// One that the registry lacks. NOT_FOUND, as FindDefinition says it.
absl::StatusOr<v1::DefinitionInfo> GetStoredDefinition(Store& store, const Registry& registry,
                                                       const std::string& name, int version);

// NOT_FOUND: one of them is known to neither registry nor store. INVALID_ARGUMENT: `from_version`
// is not given.
absl::StatusOr<v1::DiffDefinitionsResponse> DiffDefinitions(
    Store& store, const Registry& registry, const v1::DiffDefinitionsRequest& request);

// Unfinished and parked sagas, by definition, version and status.
absl::StatusOr<v1::CountRunningResponse> CountRunning(Store& store, const Registry& registry);

// NOT_FOUND: there is no such saga. FAILED_PRECONDITION: the registry lacks its definition.
absl::StatusOr<v1::DrawSagaResponse> DrawSaga(Store& store, const Registry& registry,
                                              const v1::DrawSagaRequest& request);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_DEFINITION_QUERIES_H_
