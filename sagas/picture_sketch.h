// What a picture shows, before it is written in a language of pictures: boxes, arrows between them,
// and groups around them. One walk over a definition makes it (sagas/picture_draw.h), each printer
// writes it down (sagas/picture_print.h).
//
// Plain values.
#ifndef SKALD_SAGAS_PICTURE_SKETCH_H_
#define SKALD_SAGAS_PICTURE_SKETCH_H_

#include <string>
#include <vector>

namespace skald::picture {

enum class Shape {
  // The two lanes, which stand beside each other.
  kLane,
  // What belongs together in a lane: a loop, a child.
  kGroup,
  // Where a lane begins and ends.
  kTerminal,
  // What is known of the whole saga.
  kHeader,
  kStep,
  kPivot,
  // A step without an action.
  kLandmark,
  kCompensation,
  kDecision,
  // Arrows part below it, or meet there from above; in the lane that goes up, the other way round.
  kWideBelow,
  kWideAbove,
  kAwait,
  kSleep,
  kTurnBack,
  // What a loop or a child is, and how far it came.
  kHead,
};

// What has become of it. Colour is never all that tells: the text says it too.
enum class Tone {
  kPlain,
  kDone,
  kUndone,
  kRunning,
  kWaiting,
  kStuck,
  // Rejected, or nobody knows.
  kFailed,
  kSkipped,
  // In an arm that was not taken.
  kNotTaken,
};

struct Box {
  // Letters and digits; unique. Names of steps never become ids, where one called "end" would break
  // the picture.
  std::string id;
  Shape shape = Shape::kStep;
  // Of a lane or group: its title, which may be empty. From authors and participants: printers
  // quote it.
  std::vector<std::string> lines;
  Tone tone = Tone::kPlain;
  // Of a lane or group.
  std::vector<Box> boxes;
};

struct Arrow {
  enum class Kind {
    kForward,
    // From the end of a loop to its beginning.
    kAgain,
    // From a compensation, or a turn-back, to the next one. It points up: what it undoes is older.
    kBack,
    // Ties a compensation to its step.
    kTie,
  };

  Kind kind = Kind::kForward;
  std::string from;
  std::string to;
  std::string label;
};

struct Sketch {
  // The lanes.
  std::vector<Box> boxes;
  std::vector<Arrow> arrows;
};

}  // namespace skald::picture

#endif  // SKALD_SAGAS_PICTURE_SKETCH_H_
