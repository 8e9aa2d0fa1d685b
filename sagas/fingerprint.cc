#include "sagas/fingerprint.h"

#include <fmt/format.h>

#include <string_view>

#include "base/hash.h"

namespace skald {
namespace {

std::string_view FallbackWord(Fallback fallback) {
  switch (fallback) {
    case Fallback::kCompensate: return "compensate";
    case Fallback::kContinue: return "continue";
    case Fallback::kDeadLetter: break;
  }
  return "dead_letter";
}

// A fallback that nothing leads to decides no path.
std::string AwaitText(const AwaitPart& await) {
  if (!await.Ends()) return await.message_type + " forever";
  return fmt::format("{} else {}", await.message_type, FallbackWord(await.otherwise));
}

// What follows the node's name.
std::string PartText(const Node& node) {
  if (node.kind == Node::Kind::kStep) return node.pivot ? "pivot" : "";
  if (node.kind == Node::Kind::kSequence) return node.guard ? "guarded" : "";
  if (node.for_each.has_value()) {
    // How many at once may change; whether the way back of one waits for another may not.
    return fmt::format("{} {}{}", node.for_each->field, node.for_each->element_type,
                       node.for_each->concurrency > 1 ? " concurrent" : "");
  }
  if (node.repeat.has_value()) {
    return fmt::format("most {} else {}", node.repeat->most, FallbackWord(node.repeat->otherwise));
  }
  if (node.await.has_value()) return AwaitText(*node.await);
  if (node.child.has_value()) {
    return fmt::format("{}@{} {}", node.child->definition, node.child->version,
                       node.child->state_type);
  }
  return "";
}

void AppendCall(std::string_view role, const Call& call, int depth, std::string& text) {
  text += fmt::format("{:{}}{} {} {} {} {}\n", "", 2 * depth, role, call.participant, call.method,
                      call.request_type, call.response_type);
}

void Append(const Node& node, int depth, std::string& text) {
  const std::string part = PartText(node);
  text += fmt::format("{:{}}{} {}{}{}\n", "", 2 * depth, KindWord(node.kind), node.name,
                      part.empty() ? "" : " ", part);
  if (node.kind == Node::Kind::kStep) {
    if (node.action.has_value()) AppendCall("action", *node.action, depth + 1, text);
    if (node.compensation.has_value()) {
      AppendCall("compensation", *node.compensation, depth + 1, text);
    }
  }
  for (const Node& child : node.children) Append(child, depth + 1, text);
}

}  // namespace

std::string_view KindWord(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::kSequence: return "sequence";
    case Node::Kind::kStep: return "step";
    case Node::Kind::kChoose: return "choose";
    case Node::Kind::kParallel: return "parallel";
    case Node::Kind::kForEach: return "for_each";
    case Node::Kind::kRepeat: return "repeat";
    case Node::Kind::kAwait: return "await";
    case Node::Kind::kSleep: return "sleep";
    case Node::Kind::kChild: return "child";
    case Node::Kind::kTurnBack: break;
  }
  return "turn_back";
}

std::string CanonicalText(const Definition& definition) {
  std::string text =
      fmt::format("definition {}\nstate {}\n", definition.name, definition.state_type);
  for (const Node& child : definition.root.children) Append(child, 0, text);
  return text;
}

std::string Fingerprint(const Definition& definition) {
  return fmt::format("{:016x}", StableHash(CanonicalText(definition)));
}

}  // namespace skald
