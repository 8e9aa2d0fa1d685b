// What the services' handlers share: lists, orders, and errors that name the saga. Pure functions.
#ifndef SKALD_ENGINE_SERVER_REQUESTS_H_
#define SKALD_ENGINE_SERVER_REQUESTS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "engine/core/event.h"
#include "engine/server/input.h"
#include "engine/server/page_token.h"
#include "sagas/registry.h"
#include "skald/v1/record.pb.h"
#include "storage/filter.h"
#include "storage/store.h"

namespace skald::server {

// Size and place of the page. INVALID_ARGUMENT: size or token.
absl::StatusOr<PageRequest> ReadPage(const ListScope& scope, int size, std::string_view token,
                                     int most);

// As ParseFilter, naming the field.
absl::StatusOr<Filter> ReadFilter(const std::string& text, FilterSubject subject, absl::Time now);

// `actor`, or who is at the other end of the connection.
core::Order MakeOrder(core::Order::Verb verb, const std::string& actor, const std::string& peer,
                      const std::string& reason);

// Adds reason and saga id to what engine or store answered about a saga.
absl::Status Explain(absl::Status status, const std::string& saga_id);

// The reader pool takes no more.
absl::Status ReadersFull();

// NOT_FOUND where there is none.
absl::StatusOr<v1::SagaRecord> LoadSaga(Store& store, const std::string& saga_id);

// The definition that the saga runs, as it was when the saga was started. FAILED_PRECONDITION: this
// server lacks it.
absl::StatusOr<const Definition*> DefinitionOf(const Registry& registry,
                                               const v1::SagaRecord& record);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_REQUESTS_H_
