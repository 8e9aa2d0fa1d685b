#include "sagas/picture_draw.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sagas/picture_notes.h"

namespace skald::picture {
namespace {

// An arrow that has left a box and not arrived yet.
struct LooseEnd {
  std::string from;
  std::string label;
};

// Where the walk is, in both lanes.
struct Front {
  // Arrows of the forward lane that lead to the next box.
  std::vector<LooseEnd> forward;
  // Boxes that the next (newer) compensation leads to.
  std::vector<std::string> back;
};

// "inventory: Reserve"
std::string CallText(const Call& call) {
  return call.participant + ": " + call.method.substr(call.method.rfind('/') + 1);
}

std::string_view Then(Fallback fallback) {
  switch (fallback) {
    case Fallback::kCompensate: return "compensates";
    case Fallback::kContinue: return "goes on";
    case Fallback::kDeadLetter: return "is parked";
  }
  return "";
}

std::string Text(absl::Duration duration) { return absl::FormatDuration(duration); }

// "v1.Approval" of "bank.v1.Approval" says little more than "Approval".
std::string ShortType(std::string_view type) {
  return std::string(type.substr(type.rfind('.') + 1));
}

std::string HowLong(const AwaitPart& await) {
  if (!await.Ends()) return "for ever";
  return fmt::format("{}, then {}", await.until ? "until a time of the state" : Text(await.within),
                     Then(await.otherwise));
}

// What a loop or a child is, in a few words; empty if its parts are missing.
std::string Nature(const Node& node) {
  if (node.for_each.has_value()) {
    const int most = node.for_each->concurrency;
    return fmt::format("for each of {}, {}", node.for_each->field,
                       most == 1 ? "one at a time" : fmt::format("{} at once", most));
  }
  if (node.repeat.has_value()) {
    return fmt::format("at most {} rounds, then {}", node.repeat->most,
                       Then(node.repeat->otherwise));
  }
  if (node.child.has_value()) {
    return fmt::format("{}@{}", node.child->definition, node.child->version);
  }
  return "";
}

std::string NatureBack(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kForEach: return "last element first";
    case Node::Kind::kRepeat: return "last round first";
    default: return Nature(node);
  }
}

bool HasCompensation(const Node& node) {
  return node.compensation.has_value() ||
         std::any_of(node.children.begin(), node.children.end(), HasCompensation);
}

class Artist final {
 public:
  explicit Artist(const SagaMarks* saga) : saga_(saga), notes_(saga) {}

  Sketch Draw(const Definition& definition) {
    Box forward = {"forward", Shape::kLane, {"forward"}};
    Box back = {"backward", Shape::kLane, {"compensation: upwards, newest first"}};
    forward_ = &forward.boxes;
    back_ = &back.boxes;
    forward_->push_back(Header(definition));
    back_->push_back({"compensated", Shape::kTerminal, {"compensated"}});
    if (Is(SagaMarks::Status::kCompensated)) back_->back().tone = Tone::kUndone;

    Front front = {{{"begins", ""}}, {"compensated"}};
    Walk(definition.root, front);
    forward_->push_back({"completed", Shape::kTerminal, {"completed"}});
    if (Is(SagaMarks::Status::kCompleted)) forward_->back().tone = Tone::kDone;
    Connect(front, "completed");

    sketch_.boxes.push_back(std::move(forward));
    // Without compensations the lane would be its end alone.
    if (back.boxes.size() > 1 || turns_back_) sketch_.boxes.push_back(std::move(back));
    sketch_.arrows.insert(sketch_.arrows.end(), back_arrows_.begin(), back_arrows_.end());
    return std::move(sketch_);
  }

 private:
  [[nodiscard]] bool Is(SagaMarks::Status status) const {
    return saga_ != nullptr && saga_->status == status;
  }

  [[nodiscard]] Box Header(const Definition& definition) const {
    Box box = {"begins", saga_ == nullptr ? Shape::kTerminal : Shape::kHeader, {Label(definition)}};
    if (definition.deadline < absl::InfiniteDuration()) {
      box.lines.push_back(fmt::format("turns back after {}", Text(definition.deadline)));
    }
    return Noted(std::move(box), notes_.Saga());
  }

  [[nodiscard]] Box Noted(Box box, Note note) const {
    box.tone = not_taken_ > 0 ? Tone::kNotTaken : note.tone;
    for (std::string& line : note.lines) box.lines.push_back(std::move(line));
    return box;
  }

  // Adds a box that the walk goes through.
  std::string AddForward(Box box, Front& front) {
    std::string id = fmt::format("n{}", ++count_);
    box.id = id;
    forward_->push_back(std::move(box));
    Connect(front, id);
    front.forward = {{id, ""}};
    return id;
  }

  // Adds a box of the compensation lane that leads to what `front` has there.
  std::string AddBack(Box box, Front& front) {
    std::string id = fmt::format("c{}", count_);
    box.id = id;
    back_->push_back(std::move(box));
    for (const std::string& older : front.back) {
      back_arrows_.push_back({Arrow::Kind::kBack, id, older, ""});
    }
    front.back = {id};
    return id;
  }

  void Connect(const Front& front, const std::string& to) {
    for (const LooseEnd& end : front.forward) {
      sketch_.arrows.push_back({Arrow::Kind::kForward, end.from, to, end.label});
    }
  }

  void Walk(const Node& node, Front& front) {
    switch (node.kind) {
      case Node::Kind::kSequence: return WalkChildren(node, front);
      case Node::Kind::kStep: return WalkStep(node, front);
      case Node::Kind::kChoose: return WalkChoose(node, front);
      case Node::Kind::kParallel: return WalkParallel(node, front);
      case Node::Kind::kForEach: return WalkGroup(node, front);
      case Node::Kind::kRepeat: return WalkGroup(node, front);
      case Node::Kind::kAwait: return WalkAwait(node, front);
      case Node::Kind::kSleep: return WalkSleep(node, front);
      case Node::Kind::kChild: return WalkGroup(node, front);
      case Node::Kind::kTurnBack: return WalkTurnBack(node, front);
    }
  }

  void WalkChildren(const Node& node, Front& front) {
    for (const Node& child : node.children) Walk(child, front);
  }

  void WalkStep(const Node& step, Front& front) {
    Box box = {"", Shape::kStep, {step.name}};
    if (step.action.has_value()) {
      box.lines.push_back(CallText(*step.action));
    } else {
      box.shape = Shape::kLandmark;
      // In a child that comes after its parent's pivot it has lost its compensation.
      box.lines.emplace_back(step.compensation.has_value() ? "calls nobody: can be undone from here"
                                                           : "calls nobody");
    }
    if (step.pivot) {
      box.shape = Shape::kPivot;
      box.lines.emplace_back("pivot: no way back");
    }
    const std::string id = AddForward(Noted(std::move(box), notes_.Forward(step)), front);
    if (!step.compensation.has_value()) return;
    Box undo = {
        "", Shape::kCompensation, {"compensate " + step.name, CallText(*step.compensation)}};
    const std::string back = AddBack(Noted(std::move(undo), notes_.Compensation(step)), front);
    back_arrows_.push_back({Arrow::Kind::kTie, id, back, ""});
  }

  void WalkChoose(const Node& choose, Front& front) {
    const std::string id =
        AddForward(Noted({"", Shape::kDecision, {choose.name}}, notes_.Forward(choose)), front);
    const int decisions = notes_.Decisions(choose);
    Front after;
    std::vector<Front> ended;
    const auto add = [&after](Front end) {
      for (LooseEnd& loose : end.forward) after.forward.push_back(std::move(loose));
      for (std::string& box : end.back) {
        // Arms that compensate nothing hand on the same boxes.
        if (std::find(after.back.begin(), after.back.end(), box) == after.back.end()) {
          after.back.push_back(std::move(box));
        }
      }
    };
    bool has_otherwise = false;
    for (const Node& arm : choose.children) {
      has_otherwise = has_otherwise || !arm.guard;
      const bool not_taken = decisions > 0 && notes_.Taken(choose, arm.name) == 0;
      not_taken_ += not_taken ? 1 : 0;
      Front end = {{{id, ArmLabel(choose, arm.name, arm.name)}}, front.back};
      WalkChildren(arm, end);
      // What comes later does not come after an arm that turns back.
      if (end.forward.empty()) {
        ended.push_back(std::move(end));
      } else {
        add(std::move(end));
      }
      not_taken_ -= not_taken ? 1 : 0;
    }
    if (!has_otherwise) add({{{id, ArmLabel(choose, "", "no guard holds")}}, front.back});
    if (after.forward.empty()) {
      for (Front& end : ended) add(std::move(end));
    }
    front = std::move(after);
  }

  // "express", "express: taken", "express: not taken", "express: 12 times"
  [[nodiscard]] std::string ArmLabel(const Node& choose, std::string_view arm,
                                     std::string_view label) const {
    const int decisions = notes_.Decisions(choose);
    const int taken = notes_.Taken(choose, arm);
    if (decisions == 0) return std::string(label);
    if (taken == 0) return fmt::format("{}: not taken", label);
    if (decisions == 1) return fmt::format("{}: taken", label);
    return fmt::format("{}: {} times", label, taken);
  }

  void WalkParallel(const Node& parallel, Front& front) {
    const std::string fork =
        AddForward(Noted({"", Shape::kWideBelow, {parallel.name, "all at once"}}, {}), front);
    const auto undoable =
        std::count_if(parallel.children.begin(), parallel.children.end(), HasCompensation);
    // With one branch to undo there is nothing to wait for.
    const bool joins = undoable > 1;
    if (joins) AddBack(Noted({"", Shape::kWideBelow, {"all compensated"}}, {}), front);
    Front after;
    for (const Node& branch : parallel.children) {
      const bool named = branch.kind == Node::Kind::kSequence;
      Front end = {{{fork, named ? branch.name : ""}}, front.back};
      Walk(branch, end);
      for (LooseEnd& loose : end.forward) after.forward.push_back(std::move(loose));
      if (HasCompensation(branch)) {
        for (std::string& box : end.back) after.back.push_back(std::move(box));
      }
    }
    if (parallel.children.empty()) after.forward = front.forward;
    if (undoable == 0) after.back = front.back;
    front = std::move(after);
    AddForward(Noted({"", Shape::kWideAbove, {"all done"}}, {}), front);
    if (joins) {
      AddBack(Noted({"", Shape::kWideAbove, {"compensate " + parallel.name, "all at once"}}, {}),
              front);
    }
  }

  // A loop, or a child: its nodes within a group, in both lanes. What it is stands in a box of its
  // own: arrows would cross a title.
  void WalkGroup(const Node& node, Front& front) {
    const int number = ++groups_;
    Box forward = {fmt::format("g{}", number), Shape::kGroup, {""}};
    Box back = {fmt::format("h{}", number), Shape::kGroup, {""}};
    std::vector<Box>* const outer_forward = std::exchange(forward_, &forward.boxes);
    std::vector<Box>* const outer_back = std::exchange(back_, &back.boxes);

    const bool loops = node.kind != Node::Kind::kChild;
    const std::string head = AddForward(
        Noted(Head(node.name, Nature(node)), loops ? notes_.Loop(node) : notes_.Forward(node)),
        front);
    WalkChildren(node, front);
    if (node.kind == Node::Kind::kForEach && front.forward.empty()) {
      front.forward = {{head, "no element"}};
    }
    if (node.kind == Node::Kind::kRepeat && !front.forward.empty()) EndRound(node, forward, front);
    if (HasCompensation(node)) {
      ++count_;  // The step that was walked last has this number in both lanes.
      AddBack(Noted(Head("compensate " + node.name, NatureBack(node)), {}), front);
    }

    forward_ = outer_forward;
    back_ = outer_back;
    forward_->push_back(std::move(forward));
    if (!back.boxes.empty()) back_->push_back(std::move(back));
  }

  static Box Head(std::string name, std::string nature) {
    Box box = {"", Shape::kHead, {std::move(name)}};
    if (!nature.empty()) box.lines.push_back(std::move(nature));
    return box;
  }

  // The question at the end of each round.
  void EndRound(const Node& node, const Box& group, Front& front) {
    const std::string first = FirstBox(group);
    const std::string id = AddForward(Noted({"", Shape::kDecision, {"done?"}}, {}), front);
    front.forward = {{id, "until done"}};
    if (first.empty() || !node.repeat.has_value()) return;
    sketch_.arrows.push_back({Arrow::Kind::kAgain, id, first,
                              fmt::format("again, at most {} times", node.repeat->most)});
  }

  // Where a round begins.
  static std::string FirstBox(const Box& group) {
    for (const Box& box : group.boxes) {
      if (box.shape == Shape::kGroup) return FirstBox(box);
      if (box.shape != Shape::kHead) return box.id;
    }
    return "";
  }

  void WalkAwait(const Node& node, Front& front) {
    Box box = {"", Shape::kAwait, {node.name}};
    if (node.await.has_value()) {
      box.lines.push_back(fmt::format("waits for {}", ShortType(node.await->message_type)));
      box.lines.push_back(HowLong(*node.await));
    }
    AddForward(Noted(std::move(box), notes_.Forward(node)), front);
  }

  void WalkSleep(const Node& node, Front& front) {
    Box box = {"", Shape::kSleep, {node.name}};
    if (node.sleep.has_value()) box.lines.push_back("sleeps: " + node.sleep->text);
    AddForward(Noted(std::move(box), notes_.Forward(node)), front);
  }

  // The way on from here is in the other lane.
  void WalkTurnBack(const Node& node, Front& front) {
    Box box = {"", Shape::kTurnBack, {node.name, "turns the saga back"}};
    if (node.turn_back.has_value()) box.lines.push_back(node.turn_back->reason);
    const std::string id = AddForward(Noted(std::move(box), notes_.TurnedBack(node)), front);
    for (const std::string& older : front.back) {
      back_arrows_.push_back({Arrow::Kind::kBack, id, older, ""});
    }
    front.forward.clear();
    turns_back_ = true;
  }

  const SagaMarks* saga_;
  const Notes notes_;
  Sketch sketch_;
  // After those of the forward lane.
  std::vector<Arrow> back_arrows_;
  // Where boxes are added: the lane, or the group that the walk is in.
  std::vector<Box>* forward_ = nullptr;
  std::vector<Box>* back_ = nullptr;
  int count_ = 0;
  int groups_ = 0;
  // How many arms that were not taken are around.
  int not_taken_ = 0;
  bool turns_back_ = false;
};

}  // namespace

Sketch Draw(const Definition& definition, const SagaMarks* saga) {
  return Artist(saga).Draw(definition);
}

}  // namespace skald::picture
