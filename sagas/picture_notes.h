// What a picture says of each node of one saga: its marks, in words and tones. In loops a node has
// many marks: then it says how many of each. Confined; keeps pointers to the marks it is made of.
#ifndef SKALD_SAGAS_PICTURE_NOTES_H_
#define SKALD_SAGAS_PICTURE_NOTES_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sagas/definition.h"
#include "sagas/picture_saga.h"
#include "sagas/picture_sketch.h"

namespace skald::picture {

struct Note {
  // Empty: nothing happened there.
  std::vector<std::string> lines;
  Tone tone = Tone::kPlain;
};

class Notes final {
 public:
  // `saga` may be null: nothing happened anywhere.
  explicit Notes(const SagaMarks* saga);

  // Of a step's action, of a wait, of a decision, of a child.
  [[nodiscard]] Note Forward(const Node& node) const;
  // Of a step's compensation.
  [[nodiscard]] Note Compensation(const Node& step) const;
  // How far a kForEach or a kRepeat came.
  [[nodiscard]] Note Loop(const Node& loop) const;
  // Of a turn-back: whether it was here.
  [[nodiscard]] Note TurnedBack(const Node& node) const;
  // Of the whole saga.
  [[nodiscard]] Note Saga() const;

  // How often a decision was made, and how often it was for this arm ("": for none).
  [[nodiscard]] int Decisions(const Node& choose) const;
  [[nodiscard]] int Taken(const Node& choose, std::string_view arm) const;

 private:
  using Marks = std::vector<const NodeMark*>;

  const Marks& MarksOf(const Node& node) const;
  Note ForEach(const Node& loop, const Marks& marks) const;
  void AddStuck(Note& note) const;

  const SagaMarks* saga_;
  // By the paths that the definition has: without numbers.
  std::map<std::string, Marks, std::less<>> marks_;
};

}  // namespace skald::picture

#endif  // SKALD_SAGAS_PICTURE_NOTES_H_
