#include <fmt/format.h>

#include <array>
#include <cctype>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "sagas/picture_print.h"

namespace skald::picture {
namespace {

// Mermaid takes everything but quotes literally within quotes, and yet reads icons, lists and
// formulas in it: what is neither letter nor harmless punctuation becomes an entity.
std::string Escaped(std::string_view text) {
  const std::string clean = CleanText(text, text.size());
  std::string escaped;
  for (size_t i = 0; i < clean.size(); ++i) {
    const auto byte = static_cast<unsigned char>(clean[i]);
    const auto next = static_cast<unsigned char>(i + 1 < clean.size() ? clean[i + 1] : ' ');
    const bool plain = std::isalnum(byte) != 0 || byte >= 0x80 || byte == '_' || byte == '/' ||
                       byte == '@' || byte == ' ' || byte == ',' ||
                       ((byte == '.' || byte == '-') && std::isalnum(next) != 0) ||
                       (byte == ':' && next == ' ');
    if (plain) {
      escaped += clean[i];
    } else if (std::iscntrl(byte) != 0) {
      escaped += ' ';
    } else {
      escaped += fmt::format("#{};", byte);
      // Two dollars would begin a formula even so: a space of no width parts them.
      if (byte == '$' && next == '$') escaped += "#8203;";
    }
  }
  return escaped;
}

std::string Quoted(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    if (!text.empty()) text += "<br/>";
    text += Escaped(line);
  }
  // Nothing between quotes would be a syntax error.
  return "\"" + (text.empty() ? " " : text) + "\"";
}

struct Frame {
  std::string_view before;
  std::string_view after;
};

Frame FrameOf(Shape shape) {
  switch (shape) {
    case Shape::kTerminal: return {"([", "])"};
    case Shape::kPivot: return {"[[", "]]"};
    case Shape::kLandmark:
    case Shape::kHead: return {"(", ")"};
    case Shape::kDecision: return {"{", "}"};
    case Shape::kWideBelow: return {"[/", "\\]"};
    case Shape::kWideAbove: return {"[\\", "/]"};
    case Shape::kAwait: return {"{{", "}}"};
    case Shape::kSleep: return {"[/", "/]"};
    case Shape::kTurnBack: return {">", "]"};
    case Shape::kLane:
    case Shape::kGroup:
    case Shape::kHeader:
    case Shape::kStep:
    case Shape::kCompensation: break;
  }
  return {"[", "]"};
}

// A class, and how it looks: with its own fill and text it is readable in any theme.
struct Style {
  std::string_view name;
  std::string_view look;
};

constexpr Style kLane = {"lane", "fill:none,stroke:#8a8a8a"};
constexpr Style kGroup = {"group", "fill:none,stroke:#8a8a8a,stroke-dasharray:6 3"};
constexpr Style kPivot = {"pivot", "stroke-width:3px"};
constexpr Style kLandmark = {"landmark", "stroke-dasharray:2 3"};

Style StyleOf(Tone tone) {
  switch (tone) {
    case Tone::kPlain: break;
    case Tone::kDone: return {"done", "fill:#d3f0da,stroke:#2e7d43,color:#10361b"};
    case Tone::kUndone: return {"undone", "fill:#e3dff0,stroke:#6f5f9e,color:#2d2350"};
    case Tone::kRunning: return {"running", "fill:#d6e6ff,stroke:#1f5fbf,color:#0b2a5c"};
    case Tone::kWaiting: return {"waiting", "fill:#fff2c2,stroke:#a87b00,color:#4a3600"};
    case Tone::kStuck:
      return {"stuck", "fill:#ffd6d3,stroke:#c62828,color:#5c0e0e,stroke-width:3px"};
    case Tone::kFailed: return {"failed", "fill:#fde3d0,stroke:#b85c1a,color:#54280a"};
    case Tone::kSkipped:
      return {"skipped", "fill:#f0f0f0,stroke:#777777,color:#333333,stroke-dasharray:5 4"};
    case Tone::kNotTaken: return {"not_taken", "fill:none,stroke:#a8a8a8,color:#8a8a8a"};
  }
  return {"", ""};
}

class Printer final {
 public:
  std::string Print(const Sketch& sketch) {
    text_ = "flowchart TB\n";
    for (const Box& box : sketch.boxes) Add(box, 1);
    for (const Arrow& arrow : sketch.arrows) Add(arrow);
    if (!ties_.empty()) {
      text_ += fmt::format("  linkStyle {} stroke:#8a8a8a\n", fmt::join(ties_, ","));
    }
    // An arrow that points up is drawn from its head to its tail, so that layout puts its head
    // above; of its two heads the lower one is taken away.
    if (!ups_.empty()) {
      text_ += fmt::format("  linkStyle {} marker-end:none\n", fmt::join(ups_, ","));
    }
    for (const auto& [name, used] : classes_) {
      text_ += fmt::format("  classDef {} {}\n", name, used.look);
      text_ += fmt::format("  class {} {}\n", fmt::join(used.ids, ","), name);
    }
    return std::move(text_);
  }

 private:
  struct Used {
    std::string_view look;
    std::vector<std::string> ids;
  };

  void Add(const Box& box, int depth) {
    const std::string indent(2 * static_cast<size_t>(depth), ' ');
    if (box.shape == Shape::kLane || box.shape == Shape::kGroup) {
      text_ += fmt::format("{}subgraph {} [{}]\n", indent, box.id, Quoted(box.lines));
      // Without it a lane that no arrow leaves would be drawn sideways.
      text_ += fmt::format("{}  direction TB\n", indent);
      for (const Box& inner : box.boxes) Add(inner, depth + 1);
      text_ += fmt::format("{}end\n", indent);
      Use(box.shape == Shape::kLane ? kLane : kGroup, box.id);
      return;
    }
    const Frame frame = FrameOf(box.shape);
    text_ +=
        fmt::format("{}{}{}{}{}\n", indent, box.id, frame.before, Quoted(box.lines), frame.after);
    if (box.shape == Shape::kPivot) Use(kPivot, box.id);
    if (box.shape == Shape::kLandmark) Use(kLandmark, box.id);
    if (box.tone != Tone::kPlain) Use(StyleOf(box.tone), box.id);
  }

  void Add(const Arrow& arrow) {
    const std::string label = arrow.label.empty() ? "" : "|" + Quoted({arrow.label}) + "|";
    switch (arrow.kind) {
      case Arrow::Kind::kForward:
      case Arrow::Kind::kAgain:
        text_ += fmt::format("  {} -->{} {}\n", arrow.from, label, arrow.to);
        break;
      case Arrow::Kind::kBack:
        text_ += fmt::format("  {} <-.->{} {}\n", arrow.to, label, arrow.from);
        ups_.push_back(arrows_);
        break;
      case Arrow::Kind::kTie:
        text_ += fmt::format("  {} -.-{} {}\n", arrow.from, label, arrow.to);
        ties_.push_back(arrows_);
        break;
    }
    ++arrows_;
  }

  void Use(const Style& style, const std::string& id) {
    Used& used = classes_[style.name];
    used.look = style.look;
    used.ids.push_back(id);
  }

  std::string text_;
  int arrows_ = 0;
  // Numbers of arrows.
  std::vector<int> ups_;
  std::vector<int> ties_;
  std::map<std::string_view, Used> classes_;
};

}  // namespace

std::string PrintMermaid(const Sketch& sketch) { return Printer().Print(sketch); }

}  // namespace skald::picture
