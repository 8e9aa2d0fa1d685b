// What the metadata of a call says about it: who it is for the saga, and which call it undoes.
// A plain value.
#ifndef SKALD_PARTICIPANT_CALL_INFO_H_
#define SKALD_PARTICIPANT_CALL_INFO_H_

#include <cstdint>
#include <string>

namespace skald::participant {

struct CallInfo {
  // "<saga id>/<step path>/action" or ".../compensation": equal over all attempts.
  std::string idempotency_key;
  // Of a compensation: the idempotency key of the action that it undoes. Empty: it is an action, or
  // the compensation of a step that has none.
  std::string compensates;
  // For logs and people; empty or 0 where the caller is not Skald.
  std::string saga_id;
  std::string definition;
  std::string step;
  int attempt = 0;
  // Fencing token: rises with each change of the node that drives the saga.
  int64_t epoch = 0;
  // W3C trace context.
  std::string traceparent;

  [[nodiscard]] bool IsCompensation() const {
    return !compensates.empty() || idempotency_key.ends_with("/compensation");
  }
};

}  // namespace skald::participant

#endif  // SKALD_PARTICIPANT_CALL_INFO_H_
