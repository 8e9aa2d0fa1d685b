#include "sagas/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace skald {
namespace {

// Text within double quotes, of which Mermaid takes everything but the quotes literally; what is
// neither letter nor plain punctuation becomes an entity all the same.
std::string Quoted(std::string_view text) {
  constexpr std::string_view kPlain = "_.:/@- ";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || kPlain.find(c) != std::string_view::npos || byte >= 0x80) {
      quoted += c;
    } else {
      quoted += fmt::format("#{};", byte);
    }
  }
  return quoted + "\"";
}

// "inventory: Reserve"
std::string CallText(const Call& call) {
  return call.participant + ": " + call.method.substr(call.method.rfind('/') + 1);
}

// A box of several lines.
std::string Lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    const std::string quoted = Quoted(line);
    text += (text.empty() ? "" : "<br/>") + quoted.substr(1, quoted.size() - 2);
  }
  return "\"" + text + "\"";
}

// An arrow that has left a box and not arrived yet.
struct LooseEnd {
  std::string from;
  // What the arrow will carry; may be empty.
  std::string label;

  bool operator==(const LooseEnd&) const = default;
};
using LooseEnds = std::vector<LooseEnd>;

// Boxes are n1, n2, ... forward and c1, c2, ... back: names of steps never become identifiers,
// where one called "end" would break the picture.
class Painter final {
 public:
  std::string Paint(const Definition& definition) {
    const LooseEnds last = Forward(definition.root, {{"begins", ""}});
    Connect(last, "completed");
    const LooseEnds oldest = Backward(definition.root, {});

    std::string text = "flowchart TB\n";
    text += fmt::format("  begins([{}])\n", Quoted(Label(definition)));
    text += Lane("forward", "forward", forward_boxes_);
    text += "  completed([\"completed\"])\n";
    if (!backward_boxes_.empty()) {
      Dot(oldest, "compensated");
      text += Lane("backward", "compensation: newest first", backward_boxes_);
      text += "  compensated([\"compensated\"])\n";
    }
    return text + arrows_ + ties_;
  }

 private:
  static std::string Lane(std::string_view id, std::string_view title, std::string_view boxes) {
    return fmt::format("  subgraph {} [{}]\n{}  end\n", id, Quoted(title), boxes);
  }

  void Connect(const LooseEnds& ends, std::string_view to) {
    for (const LooseEnd& end : ends) {
      const std::string label = end.label.empty() ? "" : "|" + Quoted(end.label) + "|";
      arrows_ += fmt::format("  {} -->{} {}\n", end.from, label, to);
    }
  }

  void Dot(const LooseEnds& ends, std::string_view to) {
    for (const LooseEnd& end : ends) ties_ += fmt::format("  {} -.-> {}\n", end.from, to);
  }

  // Draws `node` after `ends`; returns the ends that it leaves.
  LooseEnds Forward(const Node& node, LooseEnds ends) {
    switch (node.kind) {
      case Node::Kind::kStep: return ForwardStep(node, ends);
      case Node::Kind::kChoose: return ForwardChoose(node, ends);
      case Node::Kind::kSequence: break;
    }
    for (const Node& child : node.children) ends = Forward(child, std::move(ends));
    return ends;
  }

  LooseEnds ForwardStep(const Node& step, const LooseEnds& ends) {
    const int number = ++count_;
    numbers_[&step] = number;
    const std::string id = fmt::format("n{}", number);
    std::vector<std::string> lines = {step.name};
    if (step.action.has_value()) lines.push_back(CallText(*step.action));
    if (step.pivot) lines.push_back("pivot: no way back");
    forward_boxes_ += step.pivot ? fmt::format("    {}[[{}]]\n", id, Lines(lines))
                                 : fmt::format("    {}[{}]\n", id, Lines(lines));
    Connect(ends, id);
    return {{id, ""}};
  }

  LooseEnds ForwardChoose(const Node& choose, const LooseEnds& ends) {
    const std::string id = fmt::format("n{}", ++count_);
    forward_boxes_ += fmt::format("    {}{{{}}}\n", id, Quoted(choose.name));
    Connect(ends, id);
    LooseEnds after;
    bool has_otherwise = false;
    for (const Node& arm : choose.children) {
      has_otherwise = has_otherwise || !arm.guard;
      for (LooseEnd& end : Forward(arm, {{id, arm.name}})) after.push_back(std::move(end));
    }
    if (!has_otherwise) after.push_back({id, "no guard holds"});
    return after;
  }

  // Draws the compensations of `node`, the last one first, after those that `ends` come from.
  LooseEnds Backward(const Node& node, LooseEnds ends) {
    switch (node.kind) {
      case Node::Kind::kStep: return BackwardStep(node, std::move(ends));
      case Node::Kind::kChoose: return BackwardChoose(node, ends);
      case Node::Kind::kSequence: break;
    }
    for (auto child = node.children.rbegin(); child != node.children.rend(); ++child) {
      ends = Backward(*child, std::move(ends));
    }
    return ends;
  }

  LooseEnds BackwardStep(const Node& step, LooseEnds ends) {
    if (!step.compensation.has_value()) return ends;
    const int number = numbers_.at(&step);
    const std::string id = fmt::format("c{}", number);
    backward_boxes_ += fmt::format(
        "    {}[{}]\n", id, Lines({"compensate " + step.name, CallText(*step.compensation)}));
    Dot(ends, id);
    ties_ += fmt::format("  n{} -.- {}\n", number, id);
    return {{id, ""}};
  }

  LooseEnds BackwardChoose(const Node& choose, const LooseEnds& ends) {
    LooseEnds before;
    const auto add = [&before](const LooseEnds& more) {
      for (const LooseEnd& end : more) {
        // Arms that compensate nothing hand on the same ends.
        if (std::find(before.begin(), before.end(), end) == before.end()) before.push_back(end);
      }
    };
    bool has_otherwise = false;
    for (const Node& arm : choose.children) {
      has_otherwise = has_otherwise || !arm.guard;
      add(Backward(arm, ends));
    }
    if (!has_otherwise) add(ends);
    return before;
  }

  int count_ = 0;
  std::map<const Node*, int> numbers_;
  std::string forward_boxes_;
  std::string backward_boxes_;
  std::string arrows_;
  std::string ties_;
};

}  // namespace

std::string ToMermaid(const Definition& definition) { return Painter().Paint(definition); }

}  // namespace skald
