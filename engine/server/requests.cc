#include "engine/server/requests.h"

#include <fmt/core.h>

#include <vector>

#include "base/status.h"
#include "base/text.h"
#include "engine/server/errors.h"

namespace skald::server {
namespace {

constexpr size_t kMostActor = 200;

std::string_view ReasonAboutSaga(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kNotFound: return "SAGA_NOT_FOUND";
    case absl::StatusCode::kAlreadyExists: return "SAGA_ID_TAKEN";
    case absl::StatusCode::kFailedPrecondition: return "WRONG_STATE";
    case absl::StatusCode::kResourceExhausted: return "BACKLOG_FULL";
    default: return "";
  }
}

}  // namespace

absl::StatusOr<PageRequest> ReadPage(const ListScope& scope, int size, std::string_view token,
                                     int most) {
  PageRequest page;
  SKALD_ASSIGN_OR_RETURN(page.size, ReadPageSize(size, most));
  SKALD_ASSIGN_OR_RETURN(page.after, ReadPageToken(scope, token));
  return page;
}

absl::StatusOr<Filter> ReadFilter(const std::string& text, FilterSubject subject, absl::Time now) {
  absl::StatusOr<Filter> filter = ParseFilter(text, subject, now);
  if (filter.ok()) return filter;
  return WithField(WithReason(std::move(filter).status(), "INVALID_FILTER"), "filter");
}

core::Order MakeOrder(core::Order::Verb verb, const std::string& actor, const std::string& peer,
                      const std::string& reason) {
  core::Order order;
  order.verb = verb;
  order.actor = CleanText(actor.empty() ? peer : actor, kMostActor);
  order.reason = reason;
  return order;
}

absl::Status Explain(absl::Status status, const std::string& saga_id) {
  const std::string_view reason = ReasonAboutSaga(status.code());
  if (reason.empty()) return status;
  return WithReason(std::move(status), reason, {{"saga_id", saga_id}});
}

absl::Status ReadersFull() {
  return WithReason(
      Error(StatusCode::kResourceExhausted, "too many reads wait for the store already"),
      "READERS_FULL");
}

absl::StatusOr<v1::SagaRecord> LoadSaga(Store& store, const std::string& saga_id) {
  SKALD_ASSIGN_OR_RETURN(std::vector<v1::SagaRecord> sagas, store.Load(std::span(&saga_id, 1)));
  if (sagas.empty()) return Explain(NotFound("there is no saga '{}'", saga_id), saga_id);
  return std::move(sagas.front());
}

absl::StatusOr<const Definition*> DefinitionOf(const Registry& registry,
                                               const v1::SagaRecord& record) {
  const Definition* definition = registry.Find(record.definition(), record.definition_version());
  if (definition != nullptr && definition->fingerprint == record.fingerprint()) return definition;
  const std::string label = fmt::format("{}@{}", record.definition(), record.definition_version());
  return WithReason(FailedPrecondition(
                        "saga '{}' runs {}, which this server {}: ask one that has it", record.id(),
                        label, definition == nullptr ? "lacks" : "has with other steps"),
                    "DEFINITION_MISSING", {{"saga_id", record.id()}, {"definition", label}});
}

}  // namespace skald::server
