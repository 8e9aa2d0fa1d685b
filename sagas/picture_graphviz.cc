#include <fmt/format.h>

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "sagas/picture_print.h"

namespace skald::picture {
namespace {

// Quotes and backslashes mean something in a quoted string, ampersands begin entities.
std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : CleanText(text, text.size())) {
    if (c == '"' || c == '\\') {
      escaped += '\\';
      escaped += c;
    } else if (c == '&') {
      escaped += "&amp;";
    } else {
      escaped += std::iscntrl(static_cast<unsigned char>(c)) != 0 ? ' ' : c;
    }
  }
  return escaped;
}

std::string Quoted(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    if (!text.empty()) text += "\\n";
    text += Escaped(line);
  }
  return "\"" + text + "\"";
}

std::string_view ShapeOf(Shape shape) {
  switch (shape) {
    case Shape::kTerminal: return "shape=box style=\"rounded,filled\" margin=\"0.25,0.06\"";
    case Shape::kPivot: return "peripheries=2 penwidth=2";
    case Shape::kLandmark: return "style=\"rounded,filled,dashed\"";
    case Shape::kHead: return "style=\"rounded,filled\"";
    case Shape::kDecision: return "shape=diamond margin=0 height=0.3";
    case Shape::kWideBelow: return "shape=trapezium margin=0 height=0.3";
    case Shape::kWideAbove: return "shape=invtrapezium margin=0 height=0.3";
    case Shape::kAwait: return "shape=hexagon margin=\"0.05,0.04\"";
    case Shape::kSleep: return "shape=parallelogram margin=0 height=0.3";
    case Shape::kTurnBack: return "shape=octagon margin=\"0.05,0.04\"";
    case Shape::kLane:
    case Shape::kGroup:
    case Shape::kHeader:
    case Shape::kStep:
    case Shape::kCompensation: break;
  }
  return "";
}

std::string_view LookOf(Tone tone) {
  switch (tone) {
    case Tone::kPlain: break;
    case Tone::kDone: return "fillcolor=\"#d3f0da\" color=\"#2e7d43\" fontcolor=\"#10361b\"";
    case Tone::kUndone: return "fillcolor=\"#e3dff0\" color=\"#6f5f9e\" fontcolor=\"#2d2350\"";
    case Tone::kRunning: return "fillcolor=\"#d6e6ff\" color=\"#1f5fbf\" fontcolor=\"#0b2a5c\"";
    case Tone::kWaiting: return "fillcolor=\"#fff2c2\" color=\"#a87b00\" fontcolor=\"#4a3600\"";
    case Tone::kStuck:
      return "fillcolor=\"#ffd6d3\" color=\"#c62828\" fontcolor=\"#5c0e0e\" penwidth=3";
    case Tone::kFailed: return "fillcolor=\"#fde3d0\" color=\"#b85c1a\" fontcolor=\"#54280a\"";
    case Tone::kSkipped: return "style=\"filled,dashed\" fillcolor=\"#f0f0f0\"";
    case Tone::kNotTaken: return "color=\"#a8a8a8\" fontcolor=\"#8a8a8a\"";
  }
  return "";
}

void Add(const Box& box, int depth, std::string& text) {
  const std::string indent(2 * static_cast<size_t>(depth), ' ');
  if (box.shape == Shape::kLane || box.shape == Shape::kGroup) {
    text += fmt::format("{}subgraph cluster_{} {{\n", indent, box.id);
    text += fmt::format("{}  label={} margin=12\n", indent, Quoted(box.lines));
    if (box.shape == Shape::kGroup) text += fmt::format("{}  style=\"rounded,dashed\"\n", indent);
    for (const Box& inner : box.boxes) Add(inner, depth + 1, text);
    text += fmt::format("{}}}\n", indent);
    return;
  }
  text += fmt::format("{}{} [label={}", indent, box.id, Quoted(box.lines));
  for (const std::string_view more : {ShapeOf(box.shape), LookOf(box.tone)}) {
    if (!more.empty()) text += fmt::format(" {}", more);
  }
  text += "]\n";
}

void Add(const Arrow& arrow, std::string& text) {
  std::string look = arrow.label.empty() ? "" : "label=" + Quoted({" " + arrow.label + " "});
  const auto add = [&look](std::string_view more) {
    look += fmt::format("{}{}", look.empty() ? "" : " ", more);
  };
  // An arrow that points up is drawn from its head to its tail, so that layout puts its head above.
  bool up = false;
  switch (arrow.kind) {
    case Arrow::Kind::kForward: break;
    case Arrow::Kind::kAgain:
      up = true;
      add("dir=back");
      break;
    case Arrow::Kind::kBack:
      up = true;
      add("dir=back style=dashed");
      break;
    case Arrow::Kind::kTie: add("style=dotted arrowhead=none weight=0 color=\"#9a9a9a\""); break;
  }
  text += fmt::format("  {} -> {}{}\n", up ? arrow.to : arrow.from, up ? arrow.from : arrow.to,
                      look.empty() ? "" : " [" + look + "]");
}

}  // namespace

std::string PrintGraphviz(const Sketch& sketch) {
  std::string text =
      "digraph saga {\n"
      "  bgcolor=white nodesep=0.5 ranksep=0.4\n"
      "  fontname=\"Helvetica,Arial,sans-serif\" fontsize=12\n"
      "  color=\"#8a8a8a\" style=rounded labeljust=l\n"
      "  node [shape=box style=filled fillcolor=\"#f7f7fb\" color=\"#55556e\"\n"
      "        fontname=\"Helvetica,Arial,sans-serif\" fontsize=11 margin=\"0.15,0.07\"]\n"
      "  edge [color=\"#44445a\" fontname=\"Helvetica,Arial,sans-serif\" fontsize=10]\n";
  for (const Box& box : sketch.boxes) Add(box, 1, text);
  for (const Arrow& arrow : sketch.arrows) Add(arrow, text);
  return text + "}\n";
}

}  // namespace skald::picture
