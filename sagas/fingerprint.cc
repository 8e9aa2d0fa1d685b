#include "sagas/fingerprint.h"

#include <fmt/format.h>

#include <string_view>

#include "base/hash.h"

namespace skald {
namespace {

void Append(const Node& node, int depth, std::string& text);

void AppendCall(std::string_view role, const Call& call, int depth, std::string& text) {
  text += fmt::format("{:{}}{} {} {} {} {}\n", "", 2 * depth, role, call.participant, call.method,
                      call.request_type, call.response_type);
}

void AppendChildren(const Node& node, int depth, std::string& text) {
  for (const Node& child : node.children) Append(child, depth, text);
}

void Append(const Node& node, int depth, std::string& text) {
  const std::string indent(static_cast<size_t>(2 * depth), ' ');
  switch (node.kind) {
    case Node::Kind::kStep:
      text += indent + "step " + node.name + (node.pivot ? " pivot\n" : "\n");
      if (node.action.has_value()) AppendCall("action", *node.action, depth + 1, text);
      if (node.compensation.has_value()) {
        AppendCall("compensation", *node.compensation, depth + 1, text);
      }
      return;
    case Node::Kind::kSequence:
      text += indent + "sequence " + node.name + (node.guard ? " guarded\n" : "\n");
      break;
    case Node::Kind::kChoose: text += indent + "choose " + node.name + "\n"; break;
  }
  AppendChildren(node, depth + 1, text);
}

}  // namespace

std::string CanonicalText(const Definition& definition) {
  std::string text =
      fmt::format("definition {}\nstate {}\n", definition.name, definition.state_type);
  AppendChildren(definition.root, 0, text);
  return text;
}

std::string Fingerprint(const Definition& definition) {
  return fmt::format("{:016x}", StableHash(CanonicalText(definition)));
}

}  // namespace skald
