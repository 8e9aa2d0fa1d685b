// From what is stored to what clients see. Pure functions; they never fail: what cannot be shown is
// left out.
#ifndef SKALD_ENGINE_SERVER_TRANSLATE_H_
#define SKALD_ENGINE_SERVER_TRANSLATE_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sagas/definition.h"
#include "sagas/registry.h"
#include "skald/v1/admin.pb.h"
#include "skald/v1/record.pb.h"
#include "skald/v1/saga.pb.h"

namespace skald::server {

enum class Detail {
  // Without steps and state: for lists.
  kRow,
  kWhole,
};

// The states of the saga and of its children are shown only if `registry` holds its definition:
// only then are their types known. What its nodes are is told as far as their rows give it away.
v1::Saga ToSaga(const v1::SagaRecord& record, const Registry& registry, Detail detail);
// `definition`: the saga's, or null.
v1::Saga ToSaga(const v1::SagaRecord& record, const Definition* definition, Detail detail);

v1::DeadLetter ToDeadLetter(const v1::DeadLetterRecord& record);

v1::AuditEntry ToAuditEntry(const v1::AuditRecord& record);

v1::Step::Otherwise ToOtherwise(Fallback fallback);

// Protobuf JSON of a message of a linked-in type. Empty: the type is not known, the bytes do not
// parse, or the text is over 2 MiB.
std::string StateAsJson(const std::string& type, const std::string& bytes);

// "<saga id>/<number>"
std::string DeadLetterId(std::string_view saga_id, int number);

// Saga id and number; number 0 for a saga's id alone. Nothing: it cannot be an id.
std::optional<std::pair<std::string, int>> ParseDeadLetterId(std::string_view id);

// COMPLETED, COMPENSATED or RESOLVED: nothing will ever change again.
bool HasEnded(v1::Saga::Status status);

// True for what WaitSaga waits for: it has ended or is parked.
bool IsSettled(v1::Saga::Status status);

}  // namespace skald::server

#endif  // SKALD_ENGINE_SERVER_TRANSLATE_H_
