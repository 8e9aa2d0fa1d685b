#include "engine/runtime/gate.h"

#include "base/hash.h"

namespace skald::runtime {

std::optional<Gate::Pass> Gate::Enter(absl::Time now) {
  if (inside_ >= options_.concurrency || state_ == State::kProbing) return std::nullopt;
  if (state_ == State::kOpen) {
    if (now < open_until_) return std::nullopt;
    state_ = State::kProbing;
  }
  ++inside_;
  return state_ == State::kProbing ? Pass::kProbe : Pass::kNormal;
}

void Gate::Leave(Pass pass, Result result, absl::Time now) {
  --inside_;
  if (result == Result::kCertain) {
    state_ = State::kClosed;
    failures_in_a_row_ = 0;
    return;
  }
  if (pass == Pass::kProbe) {
    // Unless another call, from before, has shown meanwhile that the participant is well.
    if (state_ == State::kProbing) Open(now);
    return;
  }
  // Calls from before that end while it is open say nothing new.
  if (state_ != State::kClosed) return;
  ++failures_in_a_row_;
  if (options_.failures > 0 && failures_in_a_row_ >= options_.failures) Open(now);
}

absl::Time Gate::NextChance() const {
  return state_ == State::kOpen && inside_ < options_.concurrency ? open_until_
                                                                  : absl::InfiniteFuture();
}

void Gate::Open(absl::Time now) {
  state_ = State::kOpen;
  failures_in_a_row_ = 0;
  const double drawn = static_cast<double>(StableHash(name_, ++times_opened_) >> 11) * 0x1p-53;
  open_until_ = now + options_.open_for * (0.9 + 0.2 * drawn);
}

}  // namespace skald::runtime
