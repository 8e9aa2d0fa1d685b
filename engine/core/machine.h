// The saga state machine: pure. Equal arguments give equal results, on every machine, for ever: no
// clock, no random number, no I/O, no thread, no log. The simulator replaces everything around it
// and keeps this byte for byte.
//
//   Transition transition = core::Step(definition, std::move(record), event, limits);
//   // store transition.record, .history, .dead_letter, .audit in one transaction; only then:
//   for (const Effect& effect : transition.effects) ...
//
// Saga                                                       (who moves it: file)
//
//   (none)        --Start-------------------------------->  RUNNING         forward.cc
//   RUNNING       --last node done----------------------->  COMPLETED       forward.cc
//   RUNNING       --rejected, exhausted (before pivot)--->  COMPENSATING    outcome.cc
//   RUNNING       --deadline, cancel (before pivot)------>  COMPENSATING    machine.cc, orders.cc
//   RUNNING       --a wait or loop that says so---------->  COMPENSATING    waits.cc, loops.cc
//   RUNNING       --stuck: after the pivot, definition--->  DEAD_LETTERED   machine.cc
//   COMPENSATING  --everything compensated--------------->  COMPENSATED     backward.cc
//   COMPENSATING  --stuck: rejected, exhausted----------->  DEAD_LETTERED   machine.cc
//   DEAD_LETTERED --retry, skip-------------------------->  RUNNING, COMPENSATING   orders.cc
//   DEAD_LETTERED --resolve------------------------------>  RESOLVED        orders.cc
//
// Step
//
//   PENDING --sent--> RUNNING --ok--> SUCCEEDED        RUNNING --clear no--> REJECTED
//   (`pending` keeps it RUNNING, or COMPENSATING, with no call in flight)
//   RUNNING --retries ended, or saga turned back while nobody knew--> UNCERTAIN
//   SUCCEEDED, UNCERTAIN --compensation sent--> COMPENSATING --ok--> COMPENSATED
//   RUNNING, COMPENSATING --skip, by an operator--> SKIPPED
//
// Wait (Await, Sleep)       PENDING --begun--> RUNNING --signal, time--> SUCCEEDED
//                           RUNNING --the saga turned back--> SKIPPED
// Loop, child               PENDING --begun--> RUNNING --all done--> SUCCEEDED
//                           RUNNING --the saga turned back--> COMPENSATING
//                           SUCCEEDED, COMPENSATING --all undone--> COMPENSATED
#ifndef SKALD_ENGINE_CORE_MACHINE_H_
#define SKALD_ENGINE_CORE_MACHINE_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "engine/core/effect.h"
#include "engine/core/event.h"
#include "sagas/definition.h"
#include "skald/v1/record.pb.h"

namespace skald::core {

// Section 8 of the contract, as far as the core enforces it.
struct Limits {
  // Bytes of the serialized state after a reply was kept. Over it, the saga is parked.
  size_t state = size_t{1} << 20;
  // Bytes of one request. Over it, the saga is parked.
  size_t message = size_t{4} << 20;
  // Entries of history. Beyond it no call is tried again: the saga is parked.
  int history = 10'000;
  // Elements of one for-each. Beyond it the saga is parked.
  int fan_out = 1'000;
  // Signals that wait for an Await; together they may have `state` bytes. Beyond it they are
  // refused.
  int signals = 1'000;
  // Bytes kept of a participant's message.
  size_t kept_message = 1024;
};

// What a transition asks of the store about the saga's exclusive key, in the transaction that
// stores it.
enum class KeyClaim {
  kNone,
  // To hold it. Refused if another saga does: then this transition has not happened.
  kTake,
  // To be next when it is free.
  kWait,
  // To give it back.
  kRelease,
};

struct Transition {
  v1::SagaRecord record;
  // False: nothing happened (a late or repeated reply, an order that was carried out before). There
  // is nothing to store; the rest but `answer` is empty and `record` is as it was.
  bool changed = false;
  // New entries, numbers following on record.history_length() before.
  std::vector<v1::HistoryEntry> history;
  std::vector<Effect> effects;
  // A dead letter that was opened or closed: the row as it is to be.
  std::optional<v1::DeadLetterRecord> dead_letter;
  // Of an order. An order that is refused may leave its trace too (`changed`, and `answer` says
  // no).
  std::optional<v1::AuditRecord> audit;
  // Indices of record.steps() that are new or changed.
  std::vector<int> changed_steps;
  KeyClaim claim = KeyClaim::kNone;
  // What whoever sent the event is told. FAILED_PRECONDITION: the order makes no sense here.
  absl::Status answer;
};

// One step of the machine. For Start, `record` is empty. `record` must be the record that the last
// transition of this saga returned, as stored. Never throws; aborts, with the saga's transcript, if
// the record breaks an invariant (engine/core/invariants.h) afterwards.
Transition Step(const Definition& definition, v1::SagaRecord record, const Event& event,
                const Limits& limits = {});

// Idempotency key of a step's call: "<saga id>/<step path>/action" or ".../compensation".
std::string IdempotencyKey(const std::string& saga_id, const std::string& step, v1::Phase phase);

// What a repeated start must repeat.
std::string InputDigest(const std::string& definition, const std::string& input);

}  // namespace skald::core

#endif  // SKALD_ENGINE_CORE_MACHINE_H_
