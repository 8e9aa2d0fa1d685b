#include "tester/choices.h"

namespace skald::internal {

int Choices::Next(int count) {
  if (at_ == path_.size()) {
    const int taken = sampling_ ? static_cast<int>(random_() % static_cast<uint64_t>(count)) : 0;
    path_.push_back({taken, count});
  }
  return path_[at_++].taken;
}

bool Choices::GoOn() {
  if (runs_ == 1) {
    double orders = 1;
    for (const Choice& choice : path_) orders *= choice.count;
    sampling_ = orders > most_;
  }
  at_ = 0;
  if (sampling_) {
    path_.clear();
  } else if (!NextInTurn()) {
    all_ = true;
    return false;
  }
  if (runs_ == most_) return false;
  ++runs_;
  return true;
}

bool Choices::NextInTurn() {
  while (!path_.empty() && path_.back().taken + 1 >= path_.back().count) path_.pop_back();
  if (path_.empty()) return false;
  ++path_.back().taken;
  return true;
}

}  // namespace skald::internal
