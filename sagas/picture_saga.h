// One saga as a picture for people: its definition's picture, and on it where the saga is, what is
// done, undone, stuck, skipped, uncertain or waiting.
//
//   SagaMarks marks{.id = "order-42", .status = SagaMarks::Status::kRunning};
//   marks.nodes.push_back({.path = "reserve_stock", .status = NodeMark::Status::kSucceeded});
//   std::cout << ToMermaid(PlaceOrder(), marks);
//
// Where the marks come from is the caller's business (engine/server/saga_picture.h makes them of a
// stored saga). Pure functions, usable from any thread.
#ifndef SKALD_SAGAS_PICTURE_SAGA_H_
#define SKALD_SAGAS_PICTURE_SAGA_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "sagas/definition.h"

namespace skald {

// What is known of one node that a saga has reached.
struct NodeMark {
  enum class Status {
    kPending,
    kRunning,
    kSucceeded,
    kRejected,
    kUncertain,
    kCompensating,
    kCompensated,
    kSkipped,
  };
  enum class Wait {
    kNone,
    // For a signal or a time, until the hour below.
    kTime,
    // For the next attempt.
    kRetry,
    // For a participant that accepted the call and will finish later.
    kPending,
  };

  // As the saga has it: in a loop with the number of the element or round.
  std::string path;
  Status status = Status::kPending;
  // It cannot go on by itself.
  bool stuck = false;
  // Of a kSkipped step: it was its compensation that an operator did by hand.
  bool compensation_skipped = false;
  int attempts = 0;
  int compensation_attempts = 0;
  Wait wait = Wait::kNone;
  // InfiniteFuture: for ever.
  absl::Time until = absl::InfiniteFuture();
  // What went wrong at last, in the participant's words.
  std::string words;
  // Of a kChoose: the arm that was taken; empty: none.
  std::string arm;
  // Of a kForEach: how many elements there are.
  int elements = 0;
  // Of a kRepeat: the round under way, from 1, and how many there may be.
  int round = 0;
  int rounds = 0;
};

// What is known of one saga.
struct SagaMarks {
  enum class Status { kRunning, kCompleted, kCompensating, kCompensated, kDeadLettered, kResolved };

  std::string id;
  Status status = Status::kRunning;
  bool paused = false;
  // It waits for its exclusive key.
  bool queued = false;
  // Why it turned back: "rejected", "cancelled". Empty: it only went forward.
  std::string cause;
  // Where; empty: no step is to blame.
  std::string cause_step;
  // The participant's words, or the operator's.
  std::string cause_words;
  std::vector<NodeMark> nodes;
};

// What happened in a loop is shown once, with counts. Marks of nodes that the definition does not
// have are passed over.
std::string ToMermaid(const Definition& definition, const SagaMarks& marks);
std::string ToGraphviz(const Definition& definition, const SagaMarks& marks);

}  // namespace skald

#endif  // SKALD_SAGAS_PICTURE_SAGA_H_
