// Which of several answers comes next, run after run, until every order has been tried. Part of the
// tester; authors never name it.
//
//   Choices choices(120, /*seed=*/1);
//   do {
//     ... choices.Next(3) ...
//   } while (choices.GoOn());
//
// Confined.
#ifndef SKALD_TESTER_CHOICES_H_
#define SKALD_TESTER_CHOICES_H_

#include <cstdint>
#include <random>
#include <vector>

namespace skald::internal {

class Choices final {
 public:
  Choices(int most, uint64_t seed) : most_(most), random_(seed) {}

  // From 0 to count - 1; `count` >= 1. The first run always gets 0: the order of the test's text.
  int Next(int count);

  // To the next run. False: there is none, or the bound is reached.
  bool GoOn();

  [[nodiscard]] int runs() const { return runs_; }
  // Every order was tried, as far as runs() went.
  [[nodiscard]] bool all() const { return all_; }

 private:
  struct Choice {
    int taken = 0;
    int count = 1;
  };

  bool NextInTurn();

  const int most_;
  std::mt19937_64 random_;
  std::vector<Choice> path_;
  size_t at_ = 0;
  int runs_ = 1;
  // The first run showed more orders than the bound: the others are drawn.
  bool sampling_ = false;
  bool all_ = false;
};

}  // namespace skald::internal

#endif  // SKALD_TESTER_CHOICES_H_
