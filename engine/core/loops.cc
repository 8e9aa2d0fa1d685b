#include "engine/core/loops.h"

#include "base/status.h"
#include "engine/core/backward.h"
#include "engine/core/forward.h"

namespace skald::core {
namespace {

bool IsOver(const v1::StepState& loop) {
  return loop.status() == v1::Step::SUCCEEDED || loop.status() == v1::Step::SKIPPED;
}

// What was begun of a for-each goes on, and there is room for `free` more elements. Elements that
// wait for an operator leave their room to others, unless these have to come after them.
class Room {
 public:
  explicit Room(int concurrency) : free_(concurrency), in_order_(concurrency == 1) {}

  void Take(Walk walk) {
    result_ = Both(result_, walk);
    if (walk == Walk::kWaiting || (walk == Walk::kStuck && in_order_)) --free_;
  }
  bool HasSpace() const { return free_ > 0; }
  Walk Result() const { return result_; }

 private:
  int free_;
  const bool in_order_;
  Walk result_ = Walk::kDone;
};

// Stuck, if the elements cannot be counted or are too many.
void BeginForEach(Work& work, const Place& at) {
  const absl::StatusOr<int> count = at.node->for_each->count(work.ScopeOf(at));
  if (!count.ok()) return work.Stick(at, count.status());
  if (*count > work.limits().fan_out) {
    return work.Stick(at, v1::Cause::LIMIT, absl::StatusCode::kResourceExhausted,
                      fmt::format("'{}' has {} elements, more than limits.fan_out = {}",
                                  at.node->for_each->field, *count, work.limits().fan_out));
  }
  v1::StepState& loop = work.MutableStep(at.path);
  loop.set_count(*count);
  loop.set_status(v1::Step::RUNNING);
  work.Record(v1::HistoryEntry::LOOPED, at).set_count(*count);
}

void BeginRound(Work& work, const Place& at, int round) {
  v1::StepState& loop = work.MutableStep(at.path);
  loop.set_status(v1::Step::RUNNING);
  loop.set_round(round);
  work.Record(v1::HistoryEntry::LOOPED, at).set_count(round);
}

Walk End(Work& work, const Place& at) {
  work.MutableStep(at.path).set_status(v1::Step::SUCCEEDED);
  return Walk::kDone;
}

// The last round was not the one.
Walk RunOut(Work& work, const Place& at) {
  const std::string message =
      fmt::format("after {} rounds it is still not done", work.FindStep(at.path)->round());
  switch (at.node->repeat->otherwise) {
    case Fallback::kContinue: return End(work, at);
    case Fallback::kDeadLetter:
      work.Stick(at, v1::Cause::EXHAUSTED, absl::StatusCode::kOutOfRange, message);
      return Walk::kStuck;
    case Fallback::kCompensate: break;
  }
  v1::Cause cause;
  cause.set_kind(v1::Cause::EXHAUSTED);
  cause.set_step(at.path);
  cause.set_code(static_cast<int>(absl::StatusCode::kOutOfRange));
  cause.set_message(message);
  work.TurnBack(std::move(cause));
  return Walk::kWaiting;
}

}  // namespace

Walk AdvanceForEach(Work& work, const Place& at) {
  const v1::StepState* loop = work.FindStep(at.path);
  if (loop == nullptr || (loop->status() == v1::Step::PENDING && !loop->stuck())) {
    BeginForEach(work, at);
    loop = work.FindStep(at.path);
  }
  if (loop->stuck()) return Walk::kStuck;
  if (IsOver(*loop)) return Walk::kDone;
  Room room(at.node->for_each->concurrency);
  const int count = loop->count();
  int begun = loop->begun();
  // Those before need not be looked at again: a thousand elements would cost a thousand looks each.
  int done = loop->done();
  const auto advance = [&](int number) {
    const Walk walk = AdvanceChildren(work, at, number);
    if (walk == Walk::kDone && number == done + 1) work.MutableStep(at.path).set_done(++done);
    room.Take(walk);
  };
  for (int number = done + 1; number <= begun; ++number) advance(number);
  while (begun < count && room.HasSpace()) {
    work.MutableStep(at.path).set_begun(++begun);
    advance(begun);
  }
  return room.Result() == Walk::kDone ? End(work, at) : room.Result();
}

Walk RetreatForEach(Work& work, const Place& at) {
  const v1::StepState* loop = work.FindStep(at.path);
  if (loop == nullptr || loop->status() == v1::Step::COMPENSATED) return Walk::kDone;
  Room room(at.node->for_each->concurrency);
  int retreat = loop->retreat() == 0 ? loop->begun() + 1 : loop->retreat();
  for (int number = loop->begun(); number >= retreat; --number) {
    room.Take(RetreatChildren(work, at, number));
  }
  while (retreat > 1 && room.HasSpace()) {
    work.MutableStep(at.path).set_retreat(--retreat);
    room.Take(RetreatChildren(work, at, retreat));
  }
  if (room.Result() == Walk::kDone) work.MutableStep(at.path).set_status(v1::Step::COMPENSATED);
  return room.Result();
}

Walk AdvanceRepeat(Work& work, const Place& at) {
  const v1::StepState* loop = work.FindStep(at.path);
  if (loop == nullptr) {
    work.MutableStep(at.path).set_rounds_allowed(at.node->repeat->most);
    BeginRound(work, at, 1);
    loop = work.FindStep(at.path);
  }
  if (loop->stuck()) return Walk::kStuck;
  if (IsOver(*loop)) return Walk::kDone;
  while (true) {
    loop = work.FindStep(at.path);
    const Walk walk = AdvanceChildren(work, at, loop->round());
    if (walk != Walk::kDone) return walk;
    const absl::StatusOr<bool> done = at.node->repeat->until(work.ScopeOf(at));
    if (!done.ok()) {
      work.Stick(at, done.status());
      return Walk::kStuck;
    }
    if (*done) return End(work, at);
    loop = work.FindStep(at.path);
    if (loop->round() >= loop->rounds_allowed()) return RunOut(work, at);
    BeginRound(work, at, loop->round() + 1);
  }
}

Walk RetreatRepeat(Work& work, const Place& at) {
  const v1::StepState* loop = work.FindStep(at.path);
  if (loop == nullptr || loop->status() == v1::Step::COMPENSATED) return Walk::kDone;
  for (int round = loop->round(); round >= 1; --round) {
    const Walk walk = RetreatChildren(work, at, round);
    if (walk != Walk::kDone) return walk;
  }
  work.MutableStep(at.path).set_status(v1::Step::COMPENSATED);
  return Walk::kDone;
}

}  // namespace skald::core
